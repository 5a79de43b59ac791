/** Reading a message alone, in µs: a string in, what the client makes of it out. */

import type { Client } from "../clients/client.js";
import { stopwatch } from "../world/clock.js";
import { CORPUS } from "../world/corpus.js";
import { collected, repeat } from "./rounds.js";

/** What was read last: kept, so that nothing of the work can be left out as useless. */
export let lastRead: object | undefined;

/** What each of the eight takes, under its name with `alone:` before it. */
export async function readings(client: Client, span: number): Promise<Record<string, number>> {
  const { tell, means } = collected();
  await repeat(span, () => {
    for (const [kind, text] of Object.entries(CORPUS)) {
      const begin = stopwatch();
      lastRead = client.parse(text);
      tell(`alone:${kind}`, 1000 * (stopwatch() - begin));
      if (lastRead === undefined) throw new Error(`${client.name} does not understand ${kind}`);
    }
  });
  return means();
}
