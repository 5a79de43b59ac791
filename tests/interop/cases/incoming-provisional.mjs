// Calls from a scripted peer behind Kamailio: provisional responses of ours, and the PRACKs for them, right and wrong.
import assert from "node:assert/strict";
import { answerAndEnd, called, early } from "../harness/incoming.mjs";
import { SPELLINGS } from "../harness/sip.mjs";

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
  },
};
