/**
 * What runs inside of Node or of a page: the stubs are put in place, the engine is loaded, and the
 * measurements are there to be called by name. What they give is JSON.
 */

import { load } from "prackle";
import type { ClientName } from "./clients/client.js";
import { makeClient } from "./clients/all.js";
import { measures } from "./measures/all.js";
import type { MeasureName, Options } from "./measures/all.js";
import { installClock } from "./world/clock.js";
import { installMedia } from "./world/media.js";
import { watchMemory } from "./world/memory.js";
import { MemorySocket } from "./world/socket.js";

export { lastThings } from "./world/world.js";

/** Prepares everything; `wasm` is the file, or its address. */
export async function prepare(wasm: BufferSource | string): Promise<void> {
  installClock();
  installMedia();
  Object.assign(globalThis, { WebSocket: MemorySocket });
  watchMemory();
  await load(wasm);
}

/** Measures with these clients. */
export async function measure(name: MeasureName, names: ClientName[], options: Options): Promise<unknown> {
  const clients = await Promise.all(names.map(makeClient));
  return measures[name](clients, options);
}
