/** Whole calls, one after the other: how many in a second. */

import type { Client } from "../clients/client.js";
import { repeat, rounds } from "./rounds.js";
import type { Options, Samples } from "./rounds.js";
import { outgoingCall } from "./tour.js";

export function calls(clients: readonly Client[], options: Options): Promise<Samples> {
  return rounds(clients, options, async (client, span) => {
    const { times, took } = await repeat(span, () => outgoingCall(client));
    return { calls: 1000 * times / took };
  });
}
