// Calls to a scripted peer behind Kamailio.
import assert from "node:assert/strict";

export default {
  title: "outgoing",
  cases: {
    async "a reliable 183 with the answer is acknowledged, and the call is answered"(t) {
      const [alice, bob] = await Promise.all([t.phone(), t.peer()]);
      const call = await alice.call(bob.uri);
      const invite = await bob.request("INVITE");
      await bob.respond(invite, 183, { rseq: 4711, sdp: true });
      const prack = await bob.request("PRACK");
      assert.equal(prack.get("rack"), `4711 ${invite.cseq} INVITE`);
      assert.equal(prack.cseq, invite.cseq + 1);
      await bob.respond(prack, 200);
      await call.event("progress", { status: 183, reliable: true, rseq: 4711, kind: "answer" });
      await call.event("prackresponse", { rseq: 4711, status: 200 });
      await bob.respond(invite, 200);
      await bob.request("ACK");
      await call.answered();
      await call.hangup();
      await bob.respond(await bob.request("BYE"), 200);
    },
  },
};
