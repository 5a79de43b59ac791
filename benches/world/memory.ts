/** How much memory is in use, after everything that can go is gone. */

import { task } from "./tasks.js";

declare const gc: (() => void) | undefined;
declare const process: { memoryUsage(): { heapUsed: number } } | undefined;
/** How many octets of the heap are compiled code; Node's part of the harness can tell. */
declare const compiledCode: () => number;

interface Measured {
  readonly memory?: { readonly usedJSHeapSize: number };
}

const memories: WebAssembly.Memory[] = [];

/** Keeps an eye on the memory of every module that is instantiated from now on. */
export function watchMemory(): void {
  const { instantiate } = WebAssembly;
  const watched = async (source: BufferSource & WebAssembly.Module, imports?: WebAssembly.Imports): Promise<unknown> => {
    const made: unknown = await instantiate(source, imports);
    const instance = made instanceof WebAssembly.Instance ? made : (made as WebAssembly.WebAssemblyInstantiatedSource).instance;
    if (instance.exports["memory"] instanceof WebAssembly.Memory) memories.push(instance.exports["memory"]);
    return made;
  };
  Object.assign(WebAssembly, { instantiate: watched, instantiateStreaming: undefined });
}

/** Octets in use. */
export interface Usage {
  readonly heap: number;
  readonly linear: number;
}

/** What is in use now; code that V8 has compiled on the way is not what calls leave behind. */
export async function usage(): Promise<Usage> {
  await collect();
  const heap = typeof process === "undefined" ? (performance as Measured).memory?.usedJSHeapSize ?? 0 : process.memoryUsage().heapUsed - compiledCode();
  return { heap, linear: memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0) };
}

/** Collects garbage, until what it frees has let go of more. */
export async function collect(): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    if (typeof gc === "function") gc();
    await task();
  }
}
