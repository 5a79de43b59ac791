// Calls to a scripted peer behind Kamailio: what becomes of a PRACK, sent by itself or by hand.
import assert from "node:assert/strict";
import { acknowledged, answerAndEnd, calling } from "../harness/outgoing.mjs";

export default {
  title: "outgoing",
  cases: {
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

    "a silent peer: Kamailio repeats the PRACK over UDP, we send it once; then the call is cancelled": {
      long: true,
      async run(t) {
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
    },

    async "a PRACK by hand: held back, with fields of the application"(t) {
      const { alice, bob, call, invite } = await calling(t, { phone: { prack: "manual" } });
      const octets = await bob.respond(invite, 183, { rseq: 1, sdp: true });
      await call.event("progress", { rseq: 1 });
      await bob.send(octets);
      assert.equal(alice.countSent("PRACK"), 0);
      const done = call.prack(1, { headers: { "X-Ticket": "42" } });
      const prack = await acknowledged(bob, invite, 1);
      assert.equal(prack.get("x-ticket"), "42");
      assert.equal((await done).status, 200);
      await assert.rejects(call.prack(1), { code: "already-sent" });
      await answerAndEnd({ bob, call, invite });
    },
  },
};
