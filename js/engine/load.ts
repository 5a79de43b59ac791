/** Loading of the WebAssembly file: once, from wherever the application has it. */

import { instantiate } from "../../dist/wasm/prackle.js";
import { SipError, asError } from "../errors.js";

/** Where the WebAssembly file comes from: its address, a response, its bytes, or a compiled module. */
export type WasmSource = string | URL | Response | BufferSource | WebAssembly.Module;

let loading: Promise<void> | undefined;
let memory: WebAssembly.Memory | undefined;

/** @internal Whether the WebAssembly file is there. */
export function isLoaded(): boolean {
  return memory !== undefined;
}

/** @internal The memory of what was loaded, for those who cannot wait. */
export function linearMemory(): WebAssembly.Memory {
  if (memory === undefined) throw new SipError("not-loaded", "wait for load() first");
  return memory;
}

/**
 * Loads the WebAssembly file, unless that was done already. {@link UserAgent.connect} does it by
 * itself; call it before to have the file early, or from another place than beside this module.
 *
 * @param source - the file `prackle.wasm` of the package; by default the one beside this module
 * @throws SipError `load-failed`; it can be tried again
 *
 * @example
 * ```ts
 * await load("/assets/prackle.wasm");
 * ```
 */
export function load(source?: WasmSource | Promise<WasmSource>): Promise<void> {
  loading ??= start(source).catch((cause: unknown) => {
    loading = undefined;
    throw new SipError("load-failed", `the WebAssembly file could not be loaded: ${asError(cause).message}`, { cause });
  });
  return loading;
}

async function start(source: WasmSource | Promise<WasmSource> | undefined): Promise<void> {
  // The only `new URL` of the package: bundlers find the file by it.
  memory = await instantiate(await compile((await source) ?? new URL("./prackle.wasm", import.meta.url)));
}

// What it is, is told without instanceof: it may come from another realm, or from where there is no fetch.
async function compile(source: WasmSource): Promise<WebAssembly.Module> {
  if (Object.prototype.toString.call(source) === "[object WebAssembly.Module]") return source;
  const content = typeof source === "string" || source instanceof URL ? await fetch(source) : source as Response | BufferSource;
  if (!("headers" in content)) return WebAssembly.compile(content);
  if (!content.ok) throw new Error(`${content.status} ${content.statusText}: ${content.url}`);
  // While it arrives it is compiled only when the server says what it is.
  const type = content.headers.get("Content-Type");
  if (type === "application/wasm") return WebAssembly.compileStreaming(content);
  try {
    return await WebAssembly.compile(await content.arrayBuffer());
  } catch (cause) {
    throw new Error(`${content.url} is ${String(type)}: ${asError(cause).message}`, { cause });
  }
}
