// Two edges, and a call of ours that rings when one of them goes: the responses to its INVITE come by
// the other, and what we send goes by the other, although every Via and Route names the one that is gone.
import assert from "node:assert/strict";
import { failOver, isReachable, killed, movedTo, phoneAtFirst, twoEdges, untilProven } from "../harness/edges.mjs";
import { acknowledged, answerAndEnd } from "../harness/outgoing.mjs";

/** A phone at the first edge, whose call rings at a peer: acknowledged reliably. */
async function ringing(t) {
  const [alice, bob] = await Promise.all([phoneAtFirst(t), t.peer()]);
  const call = await alice.call(bob.uri);
  const invite = await bob.request("INVITE");
  await bob.respond(invite, 183, { rseq: 1, sdp: true });
  await acknowledged(bob, invite, 1);
  await call.event("prackresponse", { rseq: 1, status: 200 });
  return { alice, bob, call, invite };
}

/** That nothing was doubled: one INVITE, one event for each reliable response. */
function once({ bob, call }, progress) {
  assert.equal(bob.count("INVITE"), 1);
  assert.equal(call.count("progress"), progress);
}

export default {
  title: "two edges",
  cases: {
    "killed with our PRACK in flight: it leaves anew, and the call is answered": twoEdges(async (t) => {
      const [alice, bob] = await Promise.all([phoneAtFirst(t), t.peer()]);
      const call = await alice.call(bob.uri);
      const invite = await bob.request("INVITE");
      await bob.respond(invite, 183, { rseq: 7, sdp: true });
      const first = await acknowledged(bob, invite, 7, { status: null });
      await failOver(t, alice);
      const second = await acknowledged(bob, invite, 7);
      assert.deepEqual([second.cseq, second.branch === first.branch], [first.cseq + 1, false]);
      await call.event("prackresponse", { rseq: 7, status: 200 });
      await bob.respond(invite, 180, { rseq: 8 });
      await acknowledged(bob, invite, 8);
      await call.event("progress", { status: 180, rseq: 8 });
      await answerAndEnd({ bob, call, invite });
      once({ bob, call }, 2);
    }),

    "killed before a reliable 183 could arrive: repeated, it comes by the other edge": twoEdges(async (t) => {
      const [first, second] = t.world.edges;
      const [alice, bob] = await Promise.all([phoneAtFirst(t), t.peer()]);
      const call = await alice.call(bob.uri);
      const invite = await bob.request("INVITE");
      await killed(first);
      const octets = await bob.respond(invite, 183, { rseq: 7, sdp: true });
      await movedTo(t, alice, second);
      await bob.send(octets);
      await acknowledged(bob, invite, 7);
      await call.event("progress", { status: 183, rseq: 7, kind: "answer" });
      await answerAndEnd({ bob, call, invite });
      once({ bob, call }, 1);
    }),

    "killed while SIPp rings reliably: it sees one INVITE, and the whole call": twoEdges(async (t) => {
      const [alice, sipp] = await Promise.all([phoneAtFirst(t), t.sipp("uas-reliable")]);
      sipp.wire.swallows = ({ status, fromPeer }) => fromPeer && status === 183;
      const call = await alice.call(sipp.uri);
      await sipp.wire.saw(/^SIP\/2\.0 183/, { fromPeer: true });
      await failOver(t, alice);
      sipp.wire.swallows = () => false;
      await call.answered();
      await call.hangup();
      await sipp.done();
      for (const [start, branches] of [[/^INVITE /, 1], [/^PRACK /, 2]]) {
        assert.equal(new Set(sipp.wire.all(start).map(({ branch }) => branch)).size, branches);
      }
    }),

    "killed while it rings, answered with 200": twoEdges(async (t) => {
      const parts = await ringing(t);
      await failOver(t, parts.alice);
      await answerAndEnd(parts);
      once(parts, 1);
    }),

    "killed while it rings, refused": twoEdges(async (t) => {
      const parts = await ringing(t);
      await failOver(t, parts.alice);
      await parts.bob.respond(parts.invite, 486);
      assert.equal((await parts.call.ended()).cause, "busy");
      once(parts, 1);
    }),

    "killed while it rings, and hung up: nothing has come by the other edge yet, so it is BYE": twoEdges(async (t) => {
      const { alice, bob, call } = await ringing(t);
      await failOver(t, alice);
      const over = call.hangup();
      await bob.respond(await bob.request("BYE"), 200);
      assert.equal((await over).cause, "cancelled");
    }),

    "killed while it rings, and hung up: the registrar cancels what came by the first edge": twoEdges(async (t) => {
      const { alice, bob, call, invite } = await ringing(t);
      await failOver(t, alice);
      await bob.respond(invite, 180);
      await call.event("progress", { status: 180 });
      const over = call.hangup();
      const cancel = await bob.request("CANCEL");
      await bob.respond(cancel, 200);
      await bob.respond(invite, 487);
      assert.equal((await over).cause, "cancelled");
      assert.equal((await alice.received(200, undefined, "CANCEL")).status, 200);
    }),

    "it hangs with our INVITE: the other edge takes that, and nothing rings again when it goes on": twoEdges(async (t) => {
      const [first, second] = t.world.edges;
      const [alice, bob] = await Promise.all([phoneAtFirst(t), t.peer()]);
      await untilProven();
      first.suspend();
      const call = await alice.call(bob.uri);
      await movedTo(t, alice, second, { within: 30_000 });
      const invite = await bob.request("INVITE");
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      await acknowledged(bob, invite, 1);
      first.resume();
      await isReachable(t, alice);
      await answerAndEnd({ bob, call, invite });
      once({ bob, call }, 1);
    }, { long: true }),
  },
};
