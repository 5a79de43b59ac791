/** The engine on the same thread. */

import { Engine as CoreEngine } from "../../dist/wasm/prackle.js";
import type { Command, Config, CoreEvent, Refusal, TraceEntry } from "../protocol.js";
import type { EngineFactory } from "./engine.js";
import { isLoaded, load } from "./load.js";
import type { WasmSource } from "./load.js";
import { whole } from "./whole.js";

/** Makes engines on this thread, from the WebAssembly file at `source`. */
export function localEngine(source: WasmSource | Promise<WasmSource> | undefined): EngineFactory {
  return async (config, notify) => {
    const early = isLoaded() ? undefined : earlySocket(config);
    let engine: CoreEngine;
    try {
      await load(source);
      engine = new CoreEngine(config, notify, early);
    } catch (error) {
      early?.close();
      throw error;
    }
    return {
      command: (command) => carryOut(engine, command),
      take: () => whole(engine.take()) as CoreEvent[],
      trace: () => whole(engine.trace()) as TraceEntry[],
      close: () => {
        // An engine that has failed cannot be freed, but its socket and timer can be closed.
        engine.abandon();
        engine.free();
      },
    };
  };
}

/** A session description crosses as it is: JSON.stringify would take longer than everything else. */
function carryOut(engine: CoreEngine, command: Command): Refusal | undefined {
  if (typeof command === "object" && "description" in command) {
    const { token, answer } = command.description;
    // A media handler of the application may have given anything.
    if ("sdp" in answer && typeof answer.sdp === "string") return engine.describe(token, answer.sdp);
  }
  return engine.command(command);
}

/**
 * Where there is one server only, the connection is opened while the WebAssembly file is on its way:
 * that saves the time of its handshakes. Which of several comes first, the core decides.
 */
function earlySocket({ servers: [server, another] }: Config): WebSocket | undefined {
  if (server === undefined || another !== undefined) return undefined;
  try {
    return new WebSocket(server.url, "sip");
  } catch {
    return undefined; // the core will try again, and tell why it cannot be had
  }
}
