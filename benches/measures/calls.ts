/** Whole calls, one after the other: how many in a second. */

import type { Client } from "../clients/client.js";
import { stopwatch } from "../world/clock.js";
import { collected, repeat, rounds } from "./rounds.js";
import type { Options, Samples } from "./rounds.js";
import { outgoingCall } from "./tour.js";

export function calls(clients: readonly Client[], options: Options): Promise<Samples> {
  return rounds(clients, options, async (client, span) => {
    const { tell, means } = collected();
    await repeat(span, async () => {
      const begin = stopwatch();
      await outgoingCall(client);
      tell("calls", stopwatch() - begin);
    });
    return { calls: 1000 / (means()["calls"] ?? Infinity) };
  });
}
