/**
 * Each of the eight messages from its delivery to the application's event, answer included, in µs;
 * and a reliable 183 until its PRACK. Beside it, in the same rounds, what reading alone takes.
 */

import type { Client } from "../clients/client.js";
import { readings } from "./parse.js";
import { collected, repeat, rounds } from "./rounds.js";
import type { Options, Samples } from "./rounds.js";
import { tour } from "./tour.js";

export function understand(clients: readonly Client[], options: Options): Promise<Samples> {
  return rounds(clients, options, async (client, span) => ({
    ...await timed(client, (act) => repeat(span, act)),
    ...await readings(client, span / 2),
  }));
}

/** The same without reading alone: for the profile, which is of a client's whole way. */
export function whole(clients: readonly Client[], options: Options): Promise<Samples> {
  return rounds(clients, options, (client, span) => timed(client, (act) => repeat(span, act)));
}

/** The first time of all, when nothing is compiled yet. */
export async function understandCold(clients: readonly Client[]): Promise<Samples> {
  const samples: Samples = {};
  for (const client of clients) {
    const means = await timed(client, (act) => act());
    samples[client.name] = Object.fromEntries(Object.entries(means).map(([kind, value]) => [kind, [value]]));
  }
  return samples;
}

async function timed(client: Client, run: (act: () => Promise<void>) => Promise<unknown>): Promise<Record<string, number>> {
  const { tell, means } = collected();
  await run(() => tour(client, (kind, took) => { tell(kind, 1000 * took); }));
  return means();
}
