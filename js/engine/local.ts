/** The engine on the same thread. */

import { Engine as CoreEngine } from "../../dist/wasm/prackle.js";
import type { EngineFactory } from "./engine.js";
import { load } from "./load.js";
import type { WasmSource } from "./load.js";

/** Makes engines on this thread, from the WebAssembly file at `source`. */
export function localEngine(source: WasmSource | Promise<WasmSource> | undefined): EngineFactory {
  return async (config, notify) => {
    await load(source);
    const engine = new CoreEngine(config, notify);
    return {
      command: (command) => engine.command(command),
      take: () => engine.take(),
      trace: () => engine.trace(),
      close: () => {
        // An engine that has failed cannot be freed, but its socket and timer can be closed.
        engine.abandon();
        engine.free();
      },
    };
  };
}
