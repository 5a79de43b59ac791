// Calls to a scripted peer behind Kamailio: what a caller meets of RFC 3262.
import assert from "node:assert/strict";
import { plain } from "../harness/sdp.mjs";
import { SPELLINGS, param } from "../harness/sip.mjs";

/** A phone, and a peer that it has called. */
async function calling(t, { phone = {}, call: options = {} } = {}) {
  const [alice, bob] = await Promise.all([t.phone(phone), t.peer()]);
  const call = await alice.call(bob.uri, options);
  const invite = await bob.request("INVITE");
  return { alice, bob, call, invite };
}

/** The peer answers the call, and the phone ends it. */
async function answerAndEnd({ bob, call, invite }, answer = {}) {
  await bob.respond(invite, 200, answer);
  const ack = await bob.request("ACK");
  assert.equal(ack.cseq, invite.cseq);
  await call.answered();
  const over = call.hangup();
  await bob.respond(await bob.request("BYE"), 200);
  assert.equal((await over).cause, "bye");
  return ack;
}

/** The peer takes the PRACK that comes next, and looks at it. */
async function acknowledged(bob, invite, rseq, options = {}) {
  const prack = await bob.request("PRACK");
  assert.equal(prack.get("rack"), `${rseq} ${invite.cseq} INVITE`);
  if (options.status !== null) await bob.respond(prack, options.status ?? 200, options);
  return prack;
}

export default {
  title: "outgoing",
  cases: {
    async "unreliable 180 and 183, then 200: no PRACK"(t) {
      const { alice, bob, call, invite } = await calling(t);
      await bob.respond(invite, 180);
      await call.event("progress", { status: 180, reliable: false, kind: "none" });
      await bob.respond(invite, 183, { sdp: true });
      await call.event("progress", { status: 183, reliable: false, kind: "preview" });
      await answerAndEnd({ bob, call, invite }, { sdp: true });
      assert.equal(alice.countSent("PRACK"), 0);
    },

    async "a reliable 183 with the answer is acknowledged at once, and the 200 needs none"(t) {
      const { alice, bob, call, invite } = await calling(t);
      assert.ok(invite.has("supported", "100rel") && invite.has("allow", "PRACK"));
      await bob.respond(invite, 183, { rseq: 4711, sdp: true });
      const prack = await acknowledged(bob, invite, 4711);
      assert.equal(prack.cseq, invite.cseq + 1);
      await call.event("progress", { status: 183, reliable: true, rseq: 4711, kind: "answer" });
      await call.event("prackresponse", { rseq: 4711, status: 200 });
      await answerAndEnd({ bob, call, invite });
      assert.deepEqual(await alice.mediaLog(), ["offer", "answer", "commit"]);
    },

    async "several reliable ones, each acknowledged in turn"(t) {
      const { bob, call, invite } = await calling(t);
      let cseq = invite.cseq;
      for (const [rseq, status] of [[90, 183], [91, 180], [92, 182]]) {
        await bob.respond(invite, status, { rseq, sdp: rseq === 90 ? true : undefined });
        const prack = await acknowledged(bob, invite, rseq);
        assert.equal(prack.cseq, (cseq += 1));
        await call.event("progress", { status, rseq });
      }
      await answerAndEnd({ bob, call, invite });
    },

    async "a retransmitted one is acknowledged and told once"(t) {
      const { alice, bob, call, invite } = await calling(t);
      const octets = await bob.respond(invite, 183, { rseq: 1, sdp: true });
      await acknowledged(bob, invite, 1);
      for (let again = 0; again < 3; again += 1) await bob.send(octets);
      await bob.respond(invite, 180, { rseq: 2 });
      await acknowledged(bob, invite, 2);
      await answerAndEnd({ bob, call, invite });
      assert.equal(alice.countSent("PRACK"), 2);
      assert.equal(call.count("progress"), 2);
    },

    async "reordered: the one that came too early waits until it is repeated"(t) {
      const { alice, bob, call, invite } = await calling(t);
      await bob.respond(invite, 183, { rseq: 10, sdp: true });
      await acknowledged(bob, invite, 10);
      const early = await bob.respond(invite, 180, { rseq: 12 });
      await alice.event("diagnostic", { code: "rseq-gap" });
      await bob.respond(invite, 182, { rseq: 11 });
      await acknowledged(bob, invite, 11);
      await bob.send(early);
      await acknowledged(bob, invite, 12);
      await answerAndEnd({ bob, call, invite });
      assert.deepEqual(call.events.items.filter(({ type }) => type === "progress").map(({ rseq }) => rseq), [10, 11, 12]);
    },

    async "a gap that nobody fills: no PRACK, and the call is answered all the same"(t) {
      const { alice, bob, call, invite } = await calling(t);
      await bob.respond(invite, 183, { rseq: 10, sdp: true });
      await acknowledged(bob, invite, 10);
      await bob.respond(invite, 180, { rseq: 15 });
      await alice.event("diagnostic", { code: "rseq-gap" });
      await answerAndEnd({ bob, call, invite });
      assert.equal(alice.countSent("PRACK"), 1);
    },

    async "forked by one peer: an early dialog each, the late 200 is acknowledged and ended"(t) {
      const { bob, call, invite } = await calling(t);
      const forks = ["fork-a", "fork-b"];
      for (const tag of forks) {
        await bob.respond(invite, 183, { rseq: 100, sdp: true, tag });
        const prack = await acknowledged(bob, invite, 100);
        assert.equal(prack.toTag, tag);
        assert.equal(prack.cseq, invite.cseq + 1);
      }
      await bob.respond(invite, 200, { tag: "fork-b" });
      assert.equal((await bob.request("ACK")).toTag, "fork-b");
      await call.answered();
      await bob.respond(invite, 200, { tag: "fork-a" });
      assert.equal((await bob.request("ACK")).toTag, "fork-a");
      const bye = await bob.request("BYE");
      assert.equal(bye.toTag, "fork-a");
      await bob.respond(bye, 200);
      const over = call.hangup();
      const last = await bob.request("BYE");
      assert.equal(last.toTag, "fork-b");
      await bob.respond(last, 200);
      await over;
    },

    async "forked by Kamailio to two: both are acknowledged, the loser is cancelled"(t) {
      const alice = await t.phone();
      const bob = await t.peer();
      const other = await t.peer({ user: bob.user });
      const call = await alice.call(bob.uri);
      const invites = await Promise.all([bob.request("INVITE"), other.request("INVITE")]);
      for (const [at, peer] of [bob, other].entries()) {
        await peer.respond(invites[at], 183, { rseq: 7, sdp: true, tag: `device-${at}` });
        await acknowledged(peer, invites[at], 7);
      }
      await other.respond(invites[1], 200, { tag: "device-1" });
      await other.request("ACK");
      const cancel = await bob.request("CANCEL");
      await bob.respond(cancel, 200);
      await bob.respond(invites[0], 487, { tag: "device-0" });
      await bob.request("ACK");
      await call.answered();
      const over = call.hangup();
      await other.respond(await other.request("BYE"), 200);
      await over;
    },

    async "offerless: the reliable 183 offers, the PRACK answers, the ACK is empty"(t) {
      const { alice, bob, call, invite } = await calling(t, { call: { offerless: true } });
      assert.equal(invite.body, "");
      await bob.respond(invite, 183, { rseq: 3, sdp: true });
      const prack = await acknowledged(bob, invite, 3);
      assert.match(prack.body, /^m=audio/m);
      const ack = await answerAndEnd({ bob, call, invite });
      assert.equal(ack.body, "");
      assert.deepEqual(await alice.mediaLog(), ["answer", "commit"]);
    },

    async "a reliable 180 without description; the answer is in the 200"(t) {
      const { alice, bob, call, invite } = await calling(t);
      await bob.respond(invite, 180, { rseq: 1 });
      await acknowledged(bob, invite, 1);
      await call.event("progress", { status: 180, reliable: true, kind: "none" });
      await answerAndEnd({ bob, call, invite }, { sdp: true });
      assert.deepEqual(await alice.mediaLog(), ["offer", "answer, for good", "commit"]);
    },

    async "a description repeated in the 200, even another one, changes nothing"(t) {
      const { alice, bob, call, invite } = await calling(t);
      await bob.respond(invite, 183, { rseq: 1, sdp: plain(4000) });
      await acknowledged(bob, invite, 1);
      await answerAndEnd({ bob, call, invite }, { sdp: plain(5000, 2) });
      assert.deepEqual(await alice.mediaLog(), ["offer", "answer", "commit"]);
    },

    async "407 to the PRACK: once more, with credentials"(t) {
      const { bob, call, invite } = await calling(t);
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      const challenge = ["Proxy-Authenticate", 'Digest realm="prackle.test", nonce="of-the-peer", qop="auth", algorithm=MD5'];
      const first = await acknowledged(bob, invite, 1, { status: 407, fields: [challenge] });
      const second = await acknowledged(bob, invite, 1);
      assert.equal(second.cseq, first.cseq + 1);
      assert.notEqual(second.branch, first.branch);
      assert.match(second.get("proxy-authorization"), /nonce="of-the-peer"/);
      await call.event("prackresponse", { rseq: 1, status: 200 });
      await answerAndEnd({ bob, call, invite });
    },

    async "500 to the PRACK of a response without description: the call goes on"(t) {
      const { bob, call, invite } = await calling(t);
      await bob.respond(invite, 180, { rseq: 1 });
      await acknowledged(bob, invite, 1, { status: 500 });
      const failed = await call.event("prackfailed", { rseq: 1 });
      assert.equal(failed.error.status, 500);
      await answerAndEnd({ bob, call, invite }, { sdp: true });
    },

    async "the 200 comes before the 200 to the PRACK"(t) {
      const { bob, call, invite } = await calling(t);
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      const prack = await acknowledged(bob, invite, 1, { status: null });
      await bob.respond(invite, 200);
      await bob.request("ACK");
      await call.answered();
      await bob.respond(prack, 200);
      await call.event("prackresponse", { rseq: 1 });
      const over = call.hangup();
      await bob.respond(await bob.request("BYE"), 200);
      await over;
    },

    async "PRACK and CANCEL back to back"(t) {
      const { bob, call, invite } = await calling(t);
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      const prack = await acknowledged(bob, invite, 1, { status: null });
      const over = call.hangup();
      const cancel = await bob.request("CANCEL");
      assert.equal(cancel.cseq, invite.cseq);
      await bob.respond(cancel, 200);
      await bob.respond(prack, 200);
      await bob.respond(invite, 487);
      await bob.request("ACK");
      assert.equal((await over).cause, "cancelled");
    },

    async "the 200 crosses the CANCEL: acknowledged, and ended by BYE"(t) {
      const { bob, call, invite } = await calling(t);
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      await acknowledged(bob, invite, 1);
      const over = call.hangup();
      await bob.respond(await bob.request("CANCEL"), 200);
      await bob.respond(invite, 200);
      await bob.request("ACK");
      await bob.respond(await bob.request("BYE"), 200);
      await over;
    },

    // Kamailio answers it by CANCEL once more, and keeps it: there is nothing to acknowledge.
    async "a reliable 183 that crosses the CANCEL is not passed on"(t) {
      const { alice, bob, call, invite } = await calling(t);
      await bob.respond(invite, 180);
      await call.event("progress", { status: 180 });
      const over = call.hangup();
      const cancel = await bob.request("CANCEL");
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      await bob.respond(cancel, 200);
      await bob.respond(invite, 487);
      await bob.request("ACK");
      assert.equal((await over).cause, "cancelled");
      assert.equal(bob.times(/^CANCEL/).length, 2);
      assert.deepEqual([call.count("progress"), alice.countSent("PRACK")], [1, 0]);
    },

    async "a silent peer: Kamailio repeats the PRACK over UDP, we send it once; then the call is cancelled"(t) {
      const { alice, bob, call, invite } = await calling(t);
      await bob.respond(invite, 180, { rseq: 1 });
      await acknowledged(bob, invite, 1, { status: null });
      const failed = await call.event("prackfailed", { rseq: 1 }, 40_000);
      assert.ok(failed.error.code === "timeout" || failed.error.status === 408, JSON.stringify(failed.error));
      await bob.respond(await bob.request("CANCEL"), 200);
      await bob.respond(invite, 487);
      await call.ended();
      assert.equal(alice.countSent("PRACK"), 1);
      assert.ok(bob.times(/^PRACK/).length > 5);
    },

    async "421 under policy none; the call that may fall back begins once more, and is acknowledged"(t) {
      const { bob, call, invite } = await calling(t, { phone: { rel100: "none" }, call: { rel100Fallback: true } });
      assert.ok(!invite.has("supported", "100rel") && !invite.has("allow", "PRACK"));
      await bob.respond(invite, 421, { fields: [["Require", "100rel"]] });
      await bob.request("ACK");
      const again = await bob.request("INVITE");
      assert.equal(again.get("call-id"), invite.get("call-id"));
      assert.ok(again.cseq > invite.cseq && again.has("supported", "100rel"));
      await bob.respond(again, 183, { rseq: 1, sdp: true });
      await acknowledged(bob, again, 1);
      await answerAndEnd({ bob, call, invite: again });
    },

    async "421 under policy none, without falling back"(t) {
      const { bob, call, invite } = await calling(t, { phone: { rel100: "none" } });
      await bob.respond(invite, 421, { fields: [["Require", "100rel"]] });
      const { status, cause } = await call.ended();
      assert.deepEqual([status, cause], [421, "extension-required"]);
    },

    async "420 under policy required; falling back, it is not required any more"(t) {
      const { bob, call, invite } = await calling(t, { call: { rel100: "required", rel100Fallback: true } });
      assert.ok(invite.has("require", "100rel"));
      await bob.respond(invite, 420, { fields: [["Unsupported", "100rel"]] });
      await bob.request("ACK");
      const again = await bob.request("INVITE");
      assert.ok(!again.has("require", "100rel") && !again.has("supported", "100rel"));
      await answerAndEnd({ bob, call, invite: again }, { sdp: true });
    },

    async "unsolicited reliability under policy none is not acknowledged"(t) {
      const { alice, bob, call, invite } = await calling(t, { phone: { rel100: "none" } });
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      await call.event("progress", { status: 183, reliable: false });
      await answerAndEnd({ bob, call, invite }, { sdp: true });
      assert.equal(alice.countSent("PRACK"), 0);
    },

    ...Object.fromEntries(Object.entries(SPELLINGS).map(([name, spell]) => [`responses in ${name} spelling`, async (t) => {
      const { bob, call, invite } = await calling(t);
      await bob.respond(invite, 183, { rseq: 1, sdp: true, spell });
      await acknowledged(bob, invite, 1, { spell });
      await call.event("progress", { reliable: true, rseq: 1, kind: "answer" });
      await answerAndEnd({ bob, call, invite }, { spell });
    }])),

    async "Require twice, with something unknown beside 100rel"(t) {
      const { bob, call, invite } = await calling(t);
      await bob.respond(invite, 183, { rseq: 1, sdp: true, fields: [["Require", "nothing-known"]] });
      await acknowledged(bob, invite, 1);
      await answerAndEnd({ bob, call, invite });
    },

    async "the peer's UPDATE in the early dialog is answered"(t) {
      const { bob, call, invite } = await calling(t);
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      const prack = await acknowledged(bob, invite, 1);
      const update = bob.within(invite, prack);
      await update.request("UPDATE", { body: plain(4002, 2) });
      assert.match((await update.response(200, "UPDATE")).body, /^m=audio/m);
      await answerAndEnd({ bob, call, invite });
    },

    async "the route set is returned exactly and in order"(t) {
      const { bob, call, invite } = await calling(t);
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      await acknowledged(bob, invite, 1);
      await bob.respond(invite, 180, { rseq: 2 });
      const prack = await call.phone.sent("PRACK");
      const response = await call.phone.received(183);
      const recorded = response.all("record-route").flatMap((value) => value.split(",")).map((one) => one.trim());
      const route = prack.all("route").flatMap((value) => value.split(",")).map((one) => one.trim());
      assert.deepEqual(route, recorded.reverse());
      assert.ok(route.length >= 3 && param(route[0], "lr") !== null, route.join());
      await acknowledged(bob, invite, 2);
      await answerAndEnd({ bob, call, invite });
    },

    async "nobody by that name; somebody who is not there; busy"(t) {
      const [alice, bob] = await Promise.all([t.phone(), t.peer()]);
      const outcome = async (target) => (await (await alice.call(target)).ended()).cause;
      assert.equal(await outcome("sip:nobody@prackle.test"), "not-found");
      assert.equal(await outcome(`sip:${t.world.nextUser()}@prackle.test`), "unavailable");
      const call = await alice.call(bob.uri);
      await bob.respond(await bob.request("INVITE"), 486);
      assert.equal((await call.ended()).cause, "busy");
    },
  },
};
