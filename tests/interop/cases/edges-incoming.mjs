// Two edges, and a call that rings at ours when one of them goes: what we have said reliably is said
// again by the other, and what the caller says finds us there by the GRUU in our Contact.
import assert from "node:assert/strict";
import { failOver, isAt, isReachable, movedTo, phoneAtFirst, twoEdges, untilProven } from "../harness/edges.mjs";

/** A phone at the first edge that rings reliably; the peer has not acknowledged it. */
async function ringing(t, code = 180) {
  const [alice, bob] = await Promise.all([phoneAtFirst(t), t.peer({ registered: false })]);
  const call = await bob.invite(alice.uri);
  const incoming = await alice.incoming();
  const progress = incoming.do("progress", { code });
  const response = await call.response(code);
  return { alice, bob, call, incoming, progress, response };
}

/** The phone answers and the peer hangs up; it has rung once. */
async function answerAndEnd({ alice, bob, call, incoming }) {
  const accepted = incoming.do("accept");
  await call.response(200);
  await call.ack();
  await accepted;
  await incoming.event("confirmed");
  await call.bye();
  assert.equal((await incoming.ended()).cause, "bye");
  assert.equal(alice.count("invite"), 1);
  assert.equal(new Set(bob.arrived.filter(({ status, method }) => status === 200 && method === "INVITE").map(({ toTag }) => toTag)).size, 1);
}

/** The peer acknowledges what it has heard; the PRACK finds the phone. */
async function acknowledge({ call, progress, response }) {
  await call.prack(response);
  await call.response(200, "PRACK");
  await progress;
}

export default {
  title: "two edges",
  cases: {
    "killed with our reliable 183 not acknowledged: repeated by the other, acknowledged, answered": twoEdges(async (t) => {
      const parts = await ringing(t, 183);
      await failOver(t, parts.alice);
      const repeated = await parts.bob.inbox.take("a repeated 183", ({ status }) => status === 183);
      assert.deepEqual([repeated.rseq, repeated.toTag, repeated.body], [parts.response.rseq, parts.response.toTag, parts.response.body]);
      await acknowledge(parts);
      await answerAndEnd(parts);
    }),

    // The registrar absorbs the caller's repetition of the same PRACK: its transaction waits for the edge.
    "killed with the PRACK on its way to us: what we said is repeated, and a new PRACK finds us at the other": twoEdges(async (t) => {
      const parts = await ringing(t);
      t.world.edge.suspend();
      await parts.call.prack(parts.response);
      await failOver(t, parts.alice);
      const repeated = await parts.bob.inbox.take("a repeated 180", ({ status }) => status === 180);
      assert.equal(repeated.rseq, parts.response.rseq);
      await acknowledge(parts);
      await answerAndEnd(parts);
    }),

    "killed while it rings acknowledged: answered by the other": twoEdges(async (t) => {
      const parts = await ringing(t);
      await acknowledge(parts);
      await failOver(t, parts.alice);
      await answerAndEnd(parts);
    }),

    "killed while it rings, rejected": twoEdges(async (t) => {
      const { alice, call, incoming } = await ringing(t);
      await failOver(t, alice);
      await incoming.do("reject", { status: 486 });
      await call.response(486);
      await call.ack();
      assert.equal(alice.count("invite"), 1);
    }),

    "it hangs with our reliable 180: found out, repeated by the other, answered once": twoEdges(async (t) => {
      const [first, second] = t.world.edges;
      const [alice, bob] = await Promise.all([phoneAtFirst(t), t.peer({ registered: false })]);
      await untilProven();
      const call = await bob.invite(alice.uri);
      const incoming = await alice.incoming();
      first.suspend();
      const progress = incoming.do("progress", { code: 180 });
      await movedTo(t, alice, second, { within: 30_000 });
      const response = await call.response(180);
      await acknowledge({ call, progress, response });
      first.resume();
      await answerAndEnd({ alice, bob, call, incoming });
      await isAt(alice, second);
    }, { long: true }),

    "a call that comes while the edge hangs: it rings at the other as soon as the registrar has noticed": twoEdges(async (t) => {
      const [first, second] = t.world.edges;
      const [alice, bob] = await Promise.all([phoneAtFirst(t), t.peer({ registered: false })]);
      await untilProven();
      first.suspend();
      const call = await bob.invite(alice.uri);
      // A change of the network has the connection looked at.
      await alice.evaluate(() => window.dispatchEvent(new Event("online")));
      await movedTo(t, alice, second, { within: 30_000 });
      const incoming = await alice.incoming(40_000);
      await incoming.do("reject", { status: 486 });
      await call.response(486);
      await call.ack();
      first.resume();
      await isReachable(t, alice);
      assert.equal(alice.count("invite"), 2);
    }, { long: true }),

    "both ends at the edge that is killed, with a reliable 183 between them: one call, one voice each": twoEdges(async (t) => {
      const [alice, bob] = await Promise.all([440, 1000].map((tone) => phoneAtFirst(t, { media: { tone } })));
      const call = await alice.call(bob.uri);
      const incoming = await bob.incoming();
      await incoming.do("progress", { code: 183 });
      await failOver(t, alice, bob);
      await incoming.do("accept");
      await call.answered();
      await Promise.all([call.hears(1000), incoming.hears(440)]);
      await call.hangup();
      assert.equal((await incoming.ended()).cause, "bye");
      assert.deepEqual([bob.count("invite"), call.count("progress"), incoming.count("prack")], [1, 1, 1]);
    }),
  },
};
