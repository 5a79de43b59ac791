/**
 * The border to the core, as this side sees it. One interface for the engine on the same thread
 * and for one behind a message port: what crosses are plain objects only.
 */

import type { Command, Config, CoreEvent, Refusal, TraceEntry } from "../protocol.js";

/** A running core with its socket and its timer. */
export interface Engine {
  /**
   * Carries a command out.
   *
   * @returns why it was refused, and then nothing was sent; or nothing
   * @throws TypeError when the command is malformed; anything else only when the engine itself
   *   is broken: it is of no use afterwards
   */
  command(command: Command): Refusal | undefined;
  /** Takes what has happened since the last time, in order. */
  take(): CoreEvent[];
  /** The last messages, oldest first. */
  trace(): TraceEntry[];
  /** Closes the socket, stops the timer, gives the memory back. */
  close(): void;
}

/**
 * Makes an engine.
 *
 * @param config - the configuration of the user agent
 * @param notify - to be called when there is something to take, never from within a call into the engine
 * @returns the engine; a TypeError when the configuration is wrong
 */
export type EngineFactory = (config: Config, notify: () => void) => Promise<Engine>;
