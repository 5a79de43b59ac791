// Calls from a scripted peer behind Kamailio: offers and answers in every message that may carry them.
import assert from "node:assert/strict";
import { answerAndEnd, called, early } from "../harness/incoming.mjs";
import { webrtc } from "../harness/sdp.mjs";

export default {
  title: "incoming",
  cases: {
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

    async "our UPDATE in the early dialog, once the answer is acknowledged"(t) {
      const { bob, call, ringing, progress, response } = await early(t);
      const updated = ringing.do("update");
      await bob.inbox.take("a repeated 183", ({ status }) => status === 183);
      assert.equal(bob.times(/^UPDATE/).length, 0);
      await call.prack(response);
      await call.response(200, "PRACK");
      await progress;
      const update = await bob.request("UPDATE");
      assert.match(update.body, /^m=audio/m);
      await bob.respond(update, 200, { sdp: webrtc(2) });
      assert.equal((await updated).status, 200);
      await answerAndEnd({ call, ringing });
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
