/**
 * Memory, in octets: what a confirmed call keeps while nothing happens, and what is left of many
 * calls when all their timers have run out. One client in a process of its own.
 */

import type { Client } from "../clients/client.js";
import { pass, timersSet } from "../world/clock.js";
import { usage } from "../world/memory.js";
import type { Usage } from "../world/memory.js";
import { ALL_TIMERS } from "./rounds.js";
import type { Options } from "./rounds.js";
import { outgoingCall, outgoingConversation } from "./tour.js";

/** Calls at a time, before time passes for them. */
const BATCH = 100;
/** Long enough for the timers of the INVITE, too short for a session timer, in ms. */
const SETTLED = 60_000;

/** What each of many idle calls keeps. */
export async function idle([client]: readonly Client[], options: Options): Promise<Usage> {
  const open: unknown[] = [];
  const talk = async (calls: number): Promise<Usage> => {
    for (let begun = 0; begun < calls; begun += BATCH) {
      for (let call = 0; call < BATCH; call += 1) open.push(await outgoingConversation(present(client)));
      await pass(SETTLED);
    }
    return usage();
  };
  const before = await talk(BATCH);
  const after = await talk(options.calls);
  const each = (value: keyof Usage): number => (after[value] - before[value]) / options.calls;
  // What ends the calls is still needed: nobody may collect it before.
  if (open.length <= options.calls) throw new Error("calls are missing");
  return { heap: each("heap"), linear: each("linear") };
}

/** What is in use after the first hundred calls, and after the last. */
export interface Growth {
  readonly calls: number;
  readonly first: Usage;
  readonly last: Usage;
  /** Timers that are still set. */
  readonly timers: number;
}

/** What is left of calls that are over. */
export async function growth([client]: readonly Client[], { calls }: Options): Promise<Growth> {
  const go = async (count: number): Promise<Usage> => {
    for (let done = 0; done < count; done += BATCH) {
      for (let call = 0; call < BATCH; call += 1) await outgoingCall(present(client));
      await pass(ALL_TIMERS);
    }
    return usage();
  };
  const first = await go(BATCH);
  const last = await go(calls - BATCH);
  return { calls, first, last, timers: timersSet() };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("there is nothing to measure");
  return value;
}
