/** Reading a message alone, in µs, where the client lets that be asked for. */

import type { Client } from "../clients/client.js";
import { stopwatch } from "../world/clock.js";
import { CORPUS } from "../world/corpus.js";
import { collected, repeat } from "./rounds.js";

/** What each of the eight takes, under its name with `alone:` before it; nothing for a client that has no parser to ask. */
export async function readings(client: Client, span: number): Promise<Record<string, number>> {
  const { parse } = client;
  if (parse === undefined) return {};
  const { tell, means } = collected();
  await repeat(span, () => {
    for (const [kind, text] of Object.entries(CORPUS)) {
      const begin = stopwatch();
      if (!parse(text)) throw new Error(`${client.name} does not understand ${kind}`);
      tell(`alone:${kind}`, 1000 * (stopwatch() - begin));
    }
  });
  return means();
}
