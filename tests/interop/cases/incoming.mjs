// Calls from a scripted peer behind Kamailio: what a callee meets of RFC 3262.
import assert from "node:assert/strict";
import { webrtc } from "../harness/sdp.mjs";
import { SPELLINGS } from "../harness/sip.mjs";
import { LIMIT, UNTIL_ACK, UNTIL_PRACK, near } from "../harness/times.mjs";

/** A phone that is being called. */
async function called(t, { phone = {}, invite = {} } = {}) {
  const [alice, bob] = await Promise.all([t.phone(phone), t.peer({ registered: false })]);
  const call = await bob.invite(alice.uri, invite);
  return { alice, bob, call };
}

/** The phone answers, the peer acknowledges and ends the call. */
async function answerAndEnd({ call, ringing }) {
  const accepted = ringing.do("accept");
  const answer = await call.response(200);
  await call.ack();
  await accepted;
  await ringing.event("confirmed");
  await call.bye();
  assert.equal((await ringing.ended()).cause, "bye");
  return answer;
}

/** A reliable 183 with the answer, not acknowledged yet. */
async function early(t, settings) {
  const { alice, bob, call } = await called(t, settings);
  const ringing = await alice.incoming();
  const progress = ringing.do("progress", { code: 183 });
  const response = await call.response(183);
  return { alice, bob, call, ringing, progress, response };
}

export default {
  title: "incoming",
  cases: {
    async "without 100rel: an unreliable 180, then 200"(t) {
      const { alice, call } = await called(t, { invite: { rel100: null } });
      const ringing = await alice.incoming();
      assert.equal(ringing.invite.peerRel100, "none");
      await ringing.do("progress", { code: 180 });
      const response = await call.response(180);
      assert.equal(response.rseq, undefined);
      assert.match((await answerAndEnd({ call, ringing })).body, /^m=audio/m);
    },

    async "100rel supported: a reliable 180, its PRACK, 200"(t) {
      const { alice, call } = await called(t);
      const ringing = await alice.incoming();
      const progress = ringing.do("progress", { code: 180 });
      const response = await call.response(180);
      assert.ok(response.has("require", "100rel") && response.rseq > 0 && response.rseq < 2 ** 31);
      await call.prack(response);
      await call.response(200, "PRACK");
      assert.equal((await progress).rseq, response.rseq);
      await answerAndEnd({ call, ringing });
    },

    async "100rel required: the 180 is reliable whatever the application says"(t) {
      const { alice, call } = await called(t, { invite: { rel100: "Require" } });
      const ringing = await alice.incoming();
      await assert.rejects(ringing.do("progress", { code: 180, reliable: false }), { code: "required" });
      const progress = ringing.do("progress", { code: 180 });
      const response = await call.response(180);
      await call.prack(response);
      await call.response(200, "PRACK");
      await progress;
      await answerAndEnd({ call, ringing });
    },

    async "183 with the answer, 180 queued behind it: each after the PRACK of the one before, and no description in the 200"(t) {
      const { call, ringing, progress, response } = await early(t);
      const queued = ringing.do("progress", { code: 180 });
      await call.prack(response);
      await call.response(200, "PRACK");
      await progress;
      const second = await call.response(180);
      assert.equal(second.rseq, response.rseq + 1);
      assert.equal(second.body, "");
      await call.prack(second);
      await call.response(200, "PRACK");
      await queued;
      assert.equal((await answerAndEnd({ call, ringing })).body, "");
    },

    async "the PRACK withheld: repeated by RFC 3262's times, then 504"(t) {
      const { bob, call, ringing, progress } = await early(t);
      const failed = assert.rejects(progress, { code: "no-prack" });
      await ringing.event("noprack", {}, 40_000);
      await call.response(504);
      await call.ack();
      await failed;
      near(bob.times(/^SIP\/2\.0 (183|504)/), [...UNTIL_PRACK, LIMIT]);
    },

    async "wrong PRACKs get 481 and change nothing; the right one stops the repetition"(t) {
      const { alice, bob, call, ringing, progress, response } = await early(t);
      const wrong = [`${response.rseq + 1} ${response.cseq} INVITE`, `${response.rseq} ${response.cseq + 8} INVITE`, `${response.rseq} ${response.cseq} UPDATE`];
      for (const rack of wrong) {
        await call.prack(response, { rack });
        await call.response(481, "PRACK");
      }
      await call.prack(response, { rack: "nothing of the kind" });
      await call.response(400, "PRACK");
      await bob.inbox.take("a repeated 183", ({ status }) => status === 183);
      await call.prack(response);
      await call.response(200, "PRACK");
      await progress;
      const repeated = bob.times(/^SIP\/2\.0 183/).length;
      await answerAndEnd({ call, ringing });
      assert.equal(bob.times(/^SIP\/2\.0 183/).length, repeated);
      assert.equal(ringing.count("prack"), 1);
      await alice.event("diagnostic", { code: "stray-prack" });
    },

    async "doubled PRACKs: the same one is answered alike, a new one for the same response gets 481"(t) {
      const { call, ringing, progress, response } = await early(t);
      const octets = await call.prack(response, { cseq: 2 });
      await call.response(200, "PRACK");
      await progress;
      await call.peer.send(octets);
      await call.prack(response, { cseq: 2 });
      await call.response(200, "PRACK");
      await call.prack(response, { cseq: 3 });
      await call.response(481, "PRACK");
      assert.equal(ringing.count("prack"), 1);
      await answerAndEnd({ call, ringing });
    },

    async "stray PRACKs: before any reliable response, and after the call was answered"(t) {
      const { alice, call } = await called(t);
      const ringing = await alice.incoming();
      await ringing.do("progress", { code: 180, reliable: false });
      const response = await call.response(180);
      await call.prack(response, { rack: `1 ${response.cseq} INVITE` });
      await call.response(481, "PRACK");
      const accepted = ringing.do("accept");
      await call.response(200);
      await call.ack();
      await accepted;
      await call.prack(response, { rack: `1 ${response.cseq} INVITE` });
      await call.response(481, "PRACK");
      await call.bye();
      await ringing.ended();
    },

    async "accept() waits for the PRACK of the description; 200 to PRACK comes first"(t) {
      const { bob, call, ringing, progress, response } = await early(t);
      const accepted = ringing.do("accept");
      await bob.inbox.take("a repeated 183", ({ status }) => status === 183);
      assert.equal(bob.times(/^SIP\/2\.0 200/).length, 0);
      await call.prack(response);
      await call.response(200);
      await call.ack();
      await Promise.all([accepted, progress]);
      const finals = bob.arrived.filter(({ status }) => status === 200).map(({ method }) => method);
      assert.deepEqual(finals.slice(0, 2), ["PRACK", "INVITE"]);
      await call.bye();
      await ringing.ended();
    },

    async "an offer in the PRACK is answered in its 200"(t) {
      const { call, ringing, progress, response } = await early(t);
      await call.prack(response, { body: webrtc(2) });
      assert.match((await call.response(200, "PRACK")).body, /^m=audio/m);
      await progress;
      assert.equal((await answerAndEnd({ call, ringing })).body, "");
    },

    async "UPDATE with an offer: too early 500, after the PRACK 200 with the answer"(t) {
      const { call, ringing, progress, response } = await early(t);
      await call.request("UPDATE", { body: webrtc(2) });
      const refused = await call.response(500, "UPDATE");
      assert.ok(Number(refused.get("retry-after")) <= 10);
      await call.prack(response);
      await call.response(200, "PRACK");
      await progress;
      await call.request("UPDATE", { body: webrtc(3) });
      assert.match((await call.response(200, "UPDATE")).body, /^m=audio/m);
      await answerAndEnd({ call, ringing });
    },

    async "UPDATE without a description, at any time"(t) {
      const { call, ringing, progress, response } = await early(t);
      await call.request("UPDATE");
      await call.response(200, "UPDATE");
      await call.prack(response);
      await call.response(200, "PRACK");
      await progress;
      await answerAndEnd({ call, ringing });
      assert.equal(ringing.count("cancel"), 0);
    },

    async "420 for what nobody knows, by its name, before anybody is told"(t) {
      const { alice, call } = await called(t, { invite: { fields: [["Require", "foo, 100rel"]] } });
      const refused = await call.response(420);
      await call.ack();
      assert.equal(refused.get("unsupported"), "foo");
      assert.equal(alice.events.items.filter(({ type }) => type === "invite").length, 0);
    },

    async "420 under policy none, when 100rel is required"(t) {
      const { call } = await called(t, { phone: { rel100: "none" }, invite: { rel100: "Require" } });
      assert.equal((await call.response(420)).get("unsupported"), "100rel");
      await call.ack();
    },

    async "421 under policy required, when 100rel is not offered"(t) {
      const { call } = await called(t, { phone: { rel100: "required" }, invite: { rel100: null } });
      const refused = await call.response(421);
      await call.ack();
      assert.ok(refused.has("require", "100rel") && refused.has("supported", "100rel"));
    },

    async "offerless: the 183 offers, the PRACK answers"(t) {
      const { alice, call } = await called(t, { invite: { sdp: null } });
      const ringing = await alice.incoming();
      const progress = ringing.do("progress", { code: 183 });
      const response = await call.response(183);
      assert.match(response.body, /^m=audio/m);
      await call.prack(response, { body: webrtc() });
      await call.response(200, "PRACK");
      await progress;
      assert.equal((await answerAndEnd({ call, ringing })).body, "");
    },

    async "offerless: a PRACK without the answer ends it with 488"(t) {
      const { alice, call } = await called(t, { invite: { sdp: null } });
      const ringing = await alice.incoming();
      const progress = ringing.do("progress", { code: 183 });
      const response = await call.response(183);
      await call.prack(response);
      await call.response(200, "PRACK");
      await call.response(488);
      await call.ack();
      await progress.catch(() => {});
      assert.equal((await ringing.ended()).cause, "no-answer-description");
    },

    async "offerless: the 200 offers, the ACK answers"(t) {
      const { alice, call } = await called(t, { invite: { sdp: null } });
      const ringing = await alice.incoming();
      const accepted = ringing.do("accept");
      assert.match((await call.response(200)).body, /^m=audio/m);
      await call.ack({ body: webrtc() });
      await accepted;
      await ringing.event("confirmed");
      await call.bye();
      await ringing.ended();
    },

    async "CANCEL while a reliable response waits: 487, and a late PRACK is welcome"(t) {
      const { bob, call, ringing, progress, response } = await early(t);
      await call.cancel();
      await call.response(200, "CANCEL");
      await call.response(487);
      await call.ack();
      await call.prack(response);
      await call.response(200, "PRACK");
      const end = await ringing.ended();
      assert.equal(end.cause, "cancelled");
      await assert.rejects(progress, { code: "cancelled" });
      assert.equal(bob.times(/^SIP\/2\.0 183/).length, 1);
    },

    async "CANCEL while accept() waits for the PRACK"(t) {
      const { call, ringing, progress } = await early(t);
      const accepted = ringing.do("accept");
      await ringing.state();
      await call.cancel();
      await call.response(487);
      await call.ack();
      await assert.rejects(accepted, { code: "cancelled" });
      await progress.catch(() => {});
      assert.equal((await ringing.ended()).cause, "cancelled");
    },

    async "CANCEL that says that somebody else answered"(t) {
      const { alice, call } = await called(t);
      const ringing = await alice.incoming();
      await ringing.do("progress", { code: 180, reliable: false });
      await call.response(180);
      await call.cancel({ fields: [["Reason", 'SIP;cause=200;text="Call completed elsewhere"']] });
      await call.response(487);
      await call.ack();
      assert.equal((await ringing.ended()).answeredElsewhere, true);
    },

    async "CANCEL that comes after the 200 changes nothing"(t) {
      const { alice, call } = await called(t);
      const ringing = await alice.incoming();
      const accepted = ringing.do("accept");
      await call.response(200);
      await call.cancel();
      await call.ack();
      await accepted;
      await ringing.event("confirmed");
      await call.bye();
      assert.equal((await ringing.ended()).cause, "bye");
    },

    async "BYE in the early dialog: 200 to it, 487 to the INVITE"(t) {
      const { call, ringing, progress } = await early(t);
      await call.request("BYE");
      await call.response(200, "BYE");
      await call.response(487);
      await call.ack();
      await progress.catch(() => {});
      assert.equal((await ringing.ended()).by, "remote");
    },

    async "the ACK withheld: the 200 is repeated, then BYE"(t) {
      const { alice, bob, call } = await called(t);
      const ringing = await alice.incoming();
      void ringing.do("accept");
      await call.response(200);
      const bye = await bob.request("BYE", 40_000);
      await bob.respond(bye, 200);
      assert.equal((await ringing.ended()).cause, "no-ack");
      near(bob.times(/^SIP\/2\.0 200/), UNTIL_ACK);
    },

    ...Object.fromEntries(Object.entries(SPELLINGS).map(([name, spell]) => [`requests in ${name} spelling`, async (t) => {
      const { alice, call } = await called(t, { invite: { spell } });
      const ringing = await alice.incoming();
      const progress = ringing.do("progress", { code: 183 });
      const response = await call.response(183);
      await call.prack(response, { spell });
      await call.response(200, "PRACK");
      await progress;
      await answerAndEnd({ call, ringing });
    }])),

    async "the phone's re-INVITE for hold, in a call that it did not begin"(t) {
      const { alice, bob, call } = await called(t);
      const ringing = await alice.incoming();
      const accepted = ringing.do("accept");
      await call.response(200);
      await call.ack();
      await accepted;
      await ringing.event("confirmed");
      const held = ringing.do("hold");
      const reinvite = await bob.request("INVITE");
      await bob.respond(reinvite, 200, { sdp: true });
      await bob.request("ACK");
      await held;
      await call.bye();
      await ringing.ended();
    },
  },
};
