// Calls to and from SIPp, in real audio through rtpengine; its scenarios are in sipp/. What SIPp
// checks, it checks; the times are those of the wire between it and Kamailio.
import assert from "node:assert/strict";
import { LIMIT, UNTIL_PRACK, near } from "../harness/times.mjs";

const REAL = { media: { tone: 440 } };

/** A phone calls SIPp. */
async function calling(t, scenario, options = {}) {
  const [alice, sipp] = await Promise.all([t.phone(REAL), t.sipp(scenario)]);
  return { sipp, alice, call: await alice.call(sipp.uri, options) };
}

/** The phone has been answered, hangs up, and SIPp is content. */
async function end({ call, sipp }) {
  await call.answered();
  await call.hangup();
  await sipp.done();
}

/** SIPp calls a phone. */
async function called(t, scenario, options = {}) {
  const alice = await t.phone({ ...REAL, ...options });
  const sipp = await t.sipp(scenario, { target: alice.user });
  return { sipp, alice, ringing: await alice.incoming() };
}

export default {
  title: "SIPp",
  cases: {
    async "is called: unreliable 180 and 183"(t) {
      const { alice, sipp, call } = await calling(t, "uas-unreliable");
      await call.event("progress", { status: 183, kind: "preview" });
      await end({ call, sipp });
      assert.equal(alice.countSent("PRACK"), 0);
    },

    async "is called: reliable 183 and 180, no PRACK more than once"(t) {
      const { sipp, call } = await calling(t, "uas-reliable");
      await call.event("progress", { status: 183, rseq: 4711, kind: "answer" });
      await call.event("progress", { status: 180, rseq: 4712 });
      await end({ call, sipp });
      assert.equal(new Set(sipp.wire.all(/^PRACK/).map(({ branch }) => branch)).size, 2);
    },

    async "is called: 200 before the 200 to the PRACK, the description repeated"(t) {
      const { sipp, call } = await calling(t, "uas-overlap");
      await call.event("prackresponse", { rseq: 1, status: 200 });
      await end({ call, sipp });
    },

    async "is called: offerless"(t) {
      await end(await calling(t, "uas-offers", { offerless: true }));
    },

    async "is called: CANCEL after the PRACK"(t) {
      const { sipp, call } = await calling(t, "uas-cancelled");
      await call.event("prackresponse", { rseq: 9 });
      assert.equal((await call.hangup()).cause, "cancelled");
      await sipp.done();
    },

    async "calls: knows nothing of 100rel"(t) {
      const { sipp, ringing } = await called(t, "uac-plain");
      await ringing.do("progress", { code: 180 });
      await ringing.do("accept");
      await sipp.done();
      assert.equal((await ringing.ended()).cause, "bye");
    },

    async "calls: acknowledges a 183"(t) {
      const { sipp, ringing } = await called(t, "uac-reliable");
      const { rseq } = await ringing.do("progress", { code: 183 });
      assert.ok(rseq > 0);
      await ringing.do("accept");
      await sipp.done();
      assert.equal(sipp.wire.times(/^SIP\/2\.0 183/).length, 1);
    },

    async "calls: UPDATE in the early dialog"(t) {
      const { alice, sipp, ringing } = await called(t, "uac-update");
      await ringing.do("progress", { code: 183 });
      assert.match((await alice.sent(200, undefined, "UPDATE")).body, /^m=audio/m);
      await ringing.do("accept");
      await sipp.done();
    },

    "calls: withholds the PRACK; repeated on the wire by RFC 3262's times, then 504": {
      long: true,
      async run(t) {
        const { sipp, ringing } = await called(t, "uac-withheld");
        await assert.rejects(ringing.do("progress", { code: 183 }), { code: "no-prack" });
        await sipp.done();
        near(sipp.wire.times(/^SIP\/2\.0 (183|504)/), [...UNTIL_PRACK, LIMIT]);
      },
    },

    async "calls: cancels while the 180 is unacknowledged"(t) {
      const { sipp, ringing } = await called(t, "uac-cancel");
      await assert.rejects(ringing.do("progress", { code: 180 }), { code: "cancelled" });
      assert.equal((await ringing.ended()).cause, "cancelled");
      await sipp.done();
    },
  },
};
