/** Reading a message alone, in µs, where the client lets that be asked for: the mean of the eight. */

import type { Client } from "../clients/client.js";
import { stopwatch } from "../world/clock.js";
import { CORPUS } from "../world/corpus.js";
import { collected, repeat, rounds } from "./rounds.js";
import type { Options, Samples } from "./rounds.js";

export function parse(clients: readonly Client[], options: Options): Promise<Samples> {
  const parsing = clients.filter((client) => client.parse !== undefined);
  return rounds(parsing, options, async (client, span) => {
    const { tell, means } = collected();
    await repeat(span, () => {
      for (const [kind, text] of Object.entries(CORPUS)) tell(kind, 1000 * reading(client, text));
    });
    return means();
  });
}

function reading(client: Client, text: string): number {
  const begin = stopwatch();
  if (client.parse?.(text) !== true) throw new Error(`${client.name} does not understand ${text}`);
  return stopwatch() - begin;
}
