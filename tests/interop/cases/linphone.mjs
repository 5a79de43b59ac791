// Calls to and from Linphone: reliable provisional responses as somebody else makes them, and real
// audio on plain RTP.
import assert from "node:assert/strict";
import { REQUIRED, SUPPORTED, hasLinphone } from "../harness/linphone.mjs";

const REAL = { media: { tone: 440 } };
const unless = () => (hasLinphone() ? undefined : "linphonec is not installed: apt-get install linphone-cli");

/** Linphone is called, answers and is hung up on. */
const answered = async (call, linphone) => {
  await linphone.hears(/Receiving new incoming call/);
  linphone.say("answer");
  await call.answered();
  await linphone.hears(/Media streams established/);
  assert.equal((await call.hangup()).cause, "bye");
};

export default {
  title: "Linphone",
  cases: {
    "calls: acknowledges 183 and 180": {
      unless,
      async run(t) {
        const [alice, linphone] = await Promise.all([t.phone(REAL), t.linphone(SUPPORTED)]);
        linphone.say(`call ${alice.uri}`);
        const ringing = await alice.incoming();
        assert.equal(ringing.invite.peerRel100, "supported");
        const first = await ringing.do("progress", { code: 183 });
        const second = await ringing.do("progress", { code: 180 });
        assert.equal(second.rseq, first.rseq + 1);
        await ringing.do("accept");
        await ringing.event("confirmed");
        await linphone.hears(/Media streams established/);
        linphone.say("terminate");
        assert.equal((await ringing.ended()).by, "remote");
      },
    },

    "is called: rings reliably when it requires it": {
      unless,
      async run(t) {
        const [alice, linphone] = await Promise.all([t.phone(REAL), t.linphone(REQUIRED)]);
        const call = await alice.call(linphone.uri);
        const { rseq } = await call.event("progress", { status: 180, reliable: true });
        await call.event("prackresponse", { rseq, status: 200 });
        await answered(call, linphone);
      },
    },

    "is called: rings unreliably when it does not": {
      unless,
      async run(t) {
        const [alice, linphone] = await Promise.all([t.phone(REAL), t.linphone(SUPPORTED)]);
        const call = await alice.call(linphone.uri);
        await call.event("progress", { status: 180, reliable: false });
        await answered(call, linphone);
      },
    },
  },
};
