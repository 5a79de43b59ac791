// Calls to a scripted peer behind Kamailio: offers and answers in every message that may carry them.
import assert from "node:assert/strict";
import { acknowledged, answerAndEnd, calling } from "../harness/outgoing.mjs";
import { plain } from "../harness/sdp.mjs";

export default {
  title: "outgoing",
  cases: {
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

    async "the peer's UPDATE in the early dialog is answered"(t) {
      const { bob, call, invite } = await calling(t);
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      const prack = await acknowledged(bob, invite, 1);
      const update = bob.within(invite, prack);
      await update.request("UPDATE", { body: plain(4002, 2) });
      assert.match((await update.response(200, "UPDATE")).body, /^m=audio/m);
      await answerAndEnd({ bob, call, invite });
    },

    async "our UPDATE in the early dialog, after the PRACK has its response"(t) {
      const { alice, bob, call, invite } = await calling(t);
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      const prack = await acknowledged(bob, invite, 1, { status: null });
      await assert.rejects(call.do("update", { queue: false }), { code: "oa-pending" });
      const updated = call.do("update");
      await call.state();
      assert.equal(alice.countSent("UPDATE"), 0);
      await bob.respond(prack, 200);
      const update = await bob.request("UPDATE");
      assert.match(update.body, /^m=audio/m);
      await bob.respond(update, 200, { sdp: plain(4002, 2) });
      assert.equal((await updated).status, 200);
      await answerAndEnd({ bob, call, invite });
    },

    async "491 to our UPDATE: once more, after 2.1 to 4 s"(t) {
      const { bob, call, invite } = await calling(t);
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      await acknowledged(bob, invite, 1);
      const updated = call.do("update");
      await bob.respond(await bob.request("UPDATE"), 491);
      await bob.respond(await bob.request("UPDATE"), 200, { sdp: plain(4002, 2) });
      await updated;
      const [, again] = bob.times(/^UPDATE/);
      assert.ok(again > 2000 && again < 4500, `${again} ms`);
      await answerAndEnd({ bob, call, invite });
    },

    async "a PRACK by hand with a new offer: its 200 has the answer"(t) {
      const { alice, bob, call, invite } = await calling(t, { phone: { prack: "manual" } });
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      await call.event("progress", { rseq: 1, kind: "answer" });
      const done = call.prack(1, { offer: true });
      const prack = await acknowledged(bob, invite, 1, { sdp: plain(4004, 2) });
      assert.match(prack.body, /^m=audio/m);
      await done;
      await answerAndEnd({ bob, call, invite });
      assert.equal((await alice.mediaLog()).filter((one) => one === "offer").length, 2);
    },

    async "488 to the offer in a PRACK: acknowledged once more, without it"(t) {
      const { bob, call, invite } = await calling(t, { phone: { prack: "manual" } });
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      await call.event("progress", { rseq: 1 });
      void call.prack(1, { offer: true });
      const first = await acknowledged(bob, invite, 1, { status: 488 });
      const second = await acknowledged(bob, invite, 1);
      assert.equal(second.cseq, first.cseq + 1);
      assert.equal(second.body, "");
      await call.event("offerrejected", { rseq: 1, status: 488 });
      await answerAndEnd({ bob, call, invite });
    },
  },
};
