/** Rounds: each client in turn, again and again, so that what disturbs the machine disturbs all. */

import type { Client, ClientName } from "../clients/client.js";
import { pass, stopwatch } from "../world/clock.js";
import { collect } from "../world/memory.js";

/** How long and how often. */
export interface Options {
  /** How many rounds count. */
  readonly rounds: number;
  /** How long a client is measured within one round, in ms. */
  readonly span: number;
  /** How long each client runs before anything counts, in ms. */
  readonly warmUp: number;
  /** How many calls, for what counts calls. */
  readonly calls: number;
}

/** What was measured of each client: a value for each round, for each quantity. */
export type Samples = Partial<Record<ClientName, Record<string, number[]>>>;

/** Long enough for every timer of a finished call, in ms. */
export const ALL_TIMERS = 300_000;

/** Measures each client in each round; `body` gives the round's value of each quantity. */
export async function rounds(
  clients: readonly Client[], options: Options, body: (client: Client, span: number) => Promise<Record<string, number>>,
): Promise<Samples> {
  const samples: Samples = {};
  for (const client of clients) await body(client, options.warmUp);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const client of clients) {
      await pass(ALL_TIMERS);
      await collect();
      const values = await body(client, options.span);
      const columns = (samples[client.name] ??= {});
      for (const [name, value] of Object.entries(values)) (columns[name] ??= []).push(value);
    }
  }
  return samples;
}

/** Does something again and again for a while, at least once; how often, and how long it took in ms. */
export async function repeat(span: number, act: () => Promise<void> | void): Promise<{ times: number; took: number }> {
  const begin = stopwatch();
  let [times, took] = [0, 0];
  while (times === 0 || took < span) {
    await act();
    times += 1;
    took = stopwatch() - begin;
  }
  return { times, took };
}

/**
 * Gathers times by name. What it gives of each is the mean of the middle half: it is finer than the
 * resolution of a browser's clock, and blind to the moments in which the machine did something else.
 */
export function collected(): { tell: (name: string, value: number) => void; means: () => Record<string, number> } {
  const values = new Map<string, number[]>();
  return {
    tell: (name, value) => {
      const known = values.get(name);
      if (known === undefined) values.set(name, [value]);
      else known.push(value);
    },
    means: () => Object.fromEntries(Array.from(values, ([name, all]) => [name, meanOfMiddle(all)])),
  };
}

function meanOfMiddle(values: readonly number[]): number {
  const quarter = Math.floor(values.length / 4);
  const middle = values.toSorted((a, b) => a - b).slice(quarter, values.length - quarter);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}
