// Calls to and from baresip, which knows no reliable provisional responses: what is left then, with
// real audio on plain RTP.
import assert from "node:assert/strict";
import { hasBaresip } from "../harness/baresip.mjs";

const [OURS, THEIRS] = [440, 1000];
const unless = () => (hasBaresip() ? undefined : "baresip is not installed: apt-get install --no-install-recommends baresip-core");
const both = (t) => Promise.all([t.phone({ media: { tone: OURS } }), t.baresip(THEIRS)]);

export default {
  title: "baresip",
  cases: {
    "is called: rings unreliably, and is heard": {
      unless,
      async run(t) {
        const [alice, baresip] = await both(t);
        const call = await alice.call(baresip.uri);
        await baresip.tells("CALL_INCOMING");
        await call.event("progress", { status: 180, reliable: false });
        baresip.say("accept");
        await call.answered();
        await call.hears(THEIRS);
        assert.equal(alice.countSent("PRACK"), 0);
        await call.hangup();
        await baresip.tells("CALL_CLOSED");
      },
    },

    "calls: is told unreliably that it rings, and hangs up": {
      unless,
      async run(t) {
        const [alice, baresip] = await both(t);
        baresip.say("dial", alice.uri);
        const ringing = await alice.incoming();
        assert.equal(ringing.invite.peerRel100, "none");
        await ringing.do("progress", { code: 180 });
        await baresip.tells("CALL_RINGING");
        await ringing.do("accept");
        await baresip.tells("CALL_ESTABLISHED");
        await ringing.hears(THEIRS);
        baresip.say("hangup");
        assert.equal((await ringing.ended()).by, "remote");
      },
    },

    "calls one who answers nobody without reliable responses: 421": {
      unless,
      async run(t) {
        const [alice, baresip] = await Promise.all([t.phone({ rel100: "required" }), t.baresip(THEIRS)]);
        baresip.say("dial", alice.uri);
        await baresip.tells("CALL_CLOSED");
        await alice.sent(421, undefined, "INVITE");
        assert.equal(alice.count("invite"), 0);
      },
    },
  },
};
