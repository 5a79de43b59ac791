// Two edges, and nothing but a registration when one of them goes.
import assert from "node:assert/strict";
import { failOver, isAt, isReachable, killed, movedTo, phoneAtFirst, twoEdges, untilProven } from "../harness/edges.mjs";

export default {
  title: "two edges",
  cases: {
    "killed while idle: registered by the other at once, and reachable": twoEdges(async (t) => {
      const alice = await phoneAtFirst(t);
      await failOver(t, alice);
      await isReachable(t, alice);
    }),

    "the first comes back: its clients stay where they are, until that is gone": twoEdges(async (t) => {
      const [first, second] = t.world.edges;
      const alice = await phoneAtFirst(t);
      await failOver(t, alice);
      await first.start();
      await isReachable(t, alice);
      await isAt(alice, second);
      await killed(second);
      await movedTo(t, alice, first);
      await isReachable(t, alice);
    }),

    "weights: one of 0 is for when no other is left": twoEdges(async (t) => {
      const [spare, usual] = t.world.edges;
      const server = [{ url: spare.ws, priority: 0, weight: 0 }, { url: usual.ws, priority: 0, weight: 3 }];
      const phones = await Promise.all(Array.from({ length: 4 }, () => t.phone({ server })));
      for (const phone of phones) {
        await phone.event("registration", { state: "registered" });
        await isAt(phone, usual);
      }
      await killed(usual);
      await Promise.all(phones.map((phone) => movedTo(t, phone, spare)));
      const call = await phones[0].call(phones[1].uri);
      await (await phones[1].incoming()).do("reject", { status: 486 });
      assert.equal((await call.ended()).cause, "busy");
    }),

    "it hangs while idle: the keep-alive finds out, and nobody notices when it goes on": twoEdges(async (t) => {
      const [first, second] = t.world.edges;
      const alice = await phoneAtFirst(t);
      await untilProven();
      first.suspend();
      await movedTo(t, alice, second, { within: 50_000 });
      await isReachable(t, alice);
      first.resume();
      await isReachable(t, alice);
      await isAt(alice, second);
    }, { long: true }),
  },
};
