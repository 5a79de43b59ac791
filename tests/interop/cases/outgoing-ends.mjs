// Calls to a scripted peer behind Kamailio that come to nothing, and the races on the way.
import assert from "node:assert/strict";
import { acknowledged, answerAndEnd, calling } from "../harness/outgoing.mjs";

export default {
  title: "outgoing",
  cases: {
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
