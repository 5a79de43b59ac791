// Calls to a scripted peer behind Kamailio: provisional responses in every order and spelling.
import assert from "node:assert/strict";
import { acknowledged, answerAndEnd, calling } from "../harness/outgoing.mjs";
import { SPELLINGS, param } from "../harness/sip.mjs";

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

    async "unsolicited reliability under policy none is not acknowledged"(t) {
      const { alice, bob, call, invite } = await calling(t, { phone: { rel100: "none" } });
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      await call.event("progress", { status: 183, reliable: false });
      await answerAndEnd({ bob, call, invite }, { sdp: true });
      assert.equal(alice.countSent("PRACK"), 0);
    },
  },
};
