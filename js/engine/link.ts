/**
 * The user agent's hold on its engine: commands with their refusals as errors, requests with their
 * outcomes as promises, events in order, and the end of it all when the engine breaks.
 */

import { SipError, asError, failureError, refusalError } from "../errors.js";
import { fieldsIn } from "../fields.js";
import type { SipResponse } from "../fields.js";
import type { Command, Config, CoreEvent, Failure, RequestNumber, TraceEntry } from "../protocol.js";
import { defer } from "../promises.js";
import type { Deferred } from "../promises.js";
import type { Engine, EngineFactory } from "./engine.js";

/** The outcome of a request. */
export type Settled = Extract<CoreEvent, { type: "settled" }>;

/** What the link tells its owner. */
export interface LinkOwner {
  /** An event that settles no request. */
  receive(event: Exclude<CoreEvent, Settled>): void;
  /** The engine broke: nothing comes any more. */
  fail(error: SipError): void;
}

/** How to read what becomes of a request. */
export interface Reading<T> {
  /** What its success gives. */
  readonly toValue: (outcome: Settled) => T;
  /** The error for a failure; the usual one when absent. */
  readonly toError?: (failure: Failure, request: RequestNumber) => Error;
  /** Called when the command was not refused. */
  readonly sent?: (request: RequestNumber) => void;
}

/** What a request gives that nobody asks anything of but its success. */
export const DONE: Reading<undefined> = { toValue: () => undefined };

/** How to read a request whose success is a response. */
export const RESPONSE: Reading<SipResponse> = { toValue: responseOf };

interface Pending {
  readonly outcome: Deferred<unknown>;
  readonly reading: Reading<unknown>;
}

/** One engine and what it owes. */
export class Link {
  readonly #owner: LinkOwner;
  readonly #pending = new Map<RequestNumber, Pending>();
  #engine: Engine | undefined;
  #gone: SipError | undefined;
  #lastRequest = 0;

  private constructor(owner: LinkOwner) {
    this.#owner = owner;
  }

  /** Makes the engine. */
  static async open(factory: EngineFactory, config: Config, owner: LinkOwner): Promise<Link> {
    const link = new Link(owner);
    link.#engine = await factory(config, () => { link.#drain(); });
    return link;
  }

  /** Carries a command out; throws why it was refused. */
  command(command: Command): void {
    const refusal = this.#guard((engine) => engine.command(command));
    if (refusal !== undefined) throw refusalError(refusal);
  }

  /**
   * Carries out a command that has an outcome.
   *
   * @throws TypeError for a wrong argument, at once
   * @returns a promise of the outcome; it rejects with why the command was refused, too
   */
  request<T>(make: (request: RequestNumber) => Command, reading: Reading<T>): Promise<T> {
    const number = ++this.#lastRequest;
    const outcome = defer<T>();
    this.#pending.set(number, { outcome, reading } as Pending);
    try {
      this.command(make(number));
      reading.sent?.(number);
    } catch (error) {
      this.#pending.delete(number);
      if (error instanceof TypeError) throw error;
      outcome.reject(error);
    }
    return outcome.promise;
  }

  /** The last messages, oldest first. */
  trace(): TraceEntry[] {
    return this.#guard((engine) => engine.trace());
  }

  /** Lets the engine go; whatever is owed fails with `closed`. */
  close(): void {
    this.#end(new SipError("closed", "the user agent is closed"));
  }

  #drain(): void {
    if (this.#engine === undefined) return;
    let events: CoreEvent[];
    try {
      events = this.#guard((engine) => engine.take());
    } catch {
      return; // the owner has been told
    }
    for (const event of events) {
      // A listener may have closed the user agent.
      if (this.#gone !== undefined) return;
      if (event.type === "settled") this.#settle(event);
      else this.#owner.receive(event);
    }
  }

  #settle(settled: Settled): void {
    const pending = this.#pending.get(settled.request);
    if (pending === undefined) return;
    this.#pending.delete(settled.request);
    const { outcome, reading: { toValue, toError = failureError } } = pending;
    if (settled.failure === undefined) outcome.resolve(toValue(settled));
    else outcome.reject(toError(settled.failure, settled.request));
  }

  /** Whatever an engine throws besides a TypeError is a trap: its memory can no longer be trusted. */
  #guard<T>(use: (engine: Engine) => T): T {
    if (this.#engine === undefined) throw this.#gone ?? new SipError("not-connected", "connect first");
    try {
      return use(this.#engine);
    } catch (thrown) {
      if (thrown instanceof TypeError) throw thrown;
      const error = new SipError("engine-failed", "the engine has failed", { cause: asError(thrown) });
      this.#end(error);
      this.#owner.fail(error);
      throw error;
    }
  }

  #end(error: SipError): void {
    const engine = this.#engine;
    this.#engine = undefined;
    this.#gone ??= error;
    try {
      engine?.close();
    } catch {
      // A broken engine may refuse this as well.
    }
    for (const { outcome } of this.#pending.values()) outcome.reject(error);
    this.#pending.clear();
  }
}

/** The response that an outcome is made of; a command may also succeed without one. */
function responseOf({ response }: Settled): SipResponse {
  const { headers, ...rest } = response ?? { status: 200, reason: "OK", headers: "", body: undefined };
  return { ...rest, headers: fieldsIn(headers) };
}
