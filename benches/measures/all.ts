/** The measurements by their names. */

import type { Client } from "../clients/client.js";
import { calls } from "./calls.js";
import { growth, idle } from "./memory.js";
import { open } from "./open.js";
import type { Options } from "./rounds.js";
import { understand, understandCold, whole } from "./understand.js";

export type { Options } from "./rounds.js";

export const measures = { understand, understandCold, whole, calls, open, idle, growth } satisfies Record<
  string, (clients: readonly Client[], options: Options) => Promise<unknown>
>;

/** One of them. */
export type MeasureName = keyof typeof measures;
