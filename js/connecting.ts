/** What `connect()` waits for: the connection, or one round over all servers without success. */

import { ConnectionEvent } from "./agent-events.js";
import { SipError, failureError } from "./errors.js";
import { defer, quiet } from "./promises.js";
import type { Deferred } from "./promises.js";
import type { ConnectionState, CoreEvent } from "./protocol.js";

/** The state of the connection, and who waits for it. */
export class Connecting {
  readonly #servers: number;
  #state: ConnectionState = "disconnected";
  #awaited: Deferred<undefined> | undefined;
  /** Whether an attempt has begun since somebody waits: the end of an older connection is none of theirs. */
  #attempting = false;
  #failures = 0;

  /** @param servers - how many there are to be tried */
  constructor(servers: number) {
    this.#servers = servers;
  }

  /** A promise of the connection. */
  wait(): Promise<undefined> {
    if (this.#awaited === undefined) {
      this.#failures = 0;
      this.#attempting = this.#state === "connecting";
      this.#awaited = defer();
    }
    return quiet(this.#awaited.promise);
  }

  /** Takes a change in, and tells it as the application's event. */
  receive({ state, server, retryIn, failure }: Extract<CoreEvent, { type: "connection" }>): ConnectionEvent {
    const error = failure && failureError(failure);
    this.#state = state;
    if (state === "connecting") this.#attempting = true;
    if (state === "connected") this.#settle();
    if (state === "disconnected") this.#onDisconnected(retryIn, error);
    return new ConnectionEvent(state, server, retryIn, error);
  }

  /** There will be none. */
  giveUp(error: SipError): void {
    this.#state = "disconnected";
    this.#settle(error);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  #onDisconnected(retryIn: number | undefined, error: SipError | undefined): void {
    if (!this.#attempting) return;
    this.#failures += 1;
    if (retryIn !== undefined && this.#failures < this.#servers) return;
    this.#settle(error ?? new SipError("connection", "no server could be reached"));
  }

  #settle(error?: SipError): void {
    if (error === undefined) this.#awaited?.resolve(undefined);
    else this.#awaited?.reject(error);
    this.#awaited = undefined;
  }
}
