// Calls from a scripted peer behind Kamailio that come to nothing, and the races on the way.
import assert from "node:assert/strict";
import { called, early } from "../harness/incoming.mjs";
import { LIMIT, UNTIL_ACK, UNTIL_PRACK, near } from "../harness/times.mjs";

export default {
  title: "incoming",
  cases: {
    "the PRACK withheld: repeated by RFC 3262's times, then 504": {
      long: true,
      async run(t) {
        const { bob, call, ringing, progress } = await early(t);
        const failed = assert.rejects(progress, { code: "no-prack" });
        await ringing.event("noprack", {}, 40_000);
        await call.response(504);
        await call.ack();
        await failed;
        near(bob.times(/^SIP\/2\.0 (183|504)/), [...UNTIL_PRACK, LIMIT]);
      },
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

    "the ACK withheld: the 200 is repeated, then BYE": {
      long: true,
      async run(t) {
        const { alice, bob, call } = await called(t);
        const ringing = await alice.incoming();
        void ringing.do("accept");
        await call.response(200);
        const bye = await bob.request("BYE", 40_000);
        await bob.respond(bye, 200);
        assert.equal((await ringing.ended()).cause, "no-ack");
        near(bob.times(/^SIP\/2\.0 200/), UNTIL_ACK);
      },
    },
  },
};
