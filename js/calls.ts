/** The calls of a user agent: their numbers, and the way of an event to its call. */

import { Call } from "./call.js";
import type { CallInit } from "./call.js";
import type { CallEvent } from "./call-course.js";
import type { MediaContext, MediaHandler, MediaOptions, MediaSettings } from "./media/handler.js";
import { ManualMedia } from "./media/manual.js";
import { PeerConnectionMedia } from "./media/peer-connection.js";
import type { Cause, EndedBy } from "./protocol.js";

/** A call, and how it is told what happens to it. */
interface Line {
  readonly call: Call;
  readonly receive: (event: CallEvent) => void;
}

/** The calls that have not ended. */
export class Calls {
  readonly #settings: MediaSettings;
  readonly #manual: boolean;
  readonly #lines = new Map<number, Line>();
  #lastNumber = 0;

  /** @param settings - the media of all calls, unless a call says otherwise */
  constructor(settings: MediaSettings | "manual" = {}) {
    this.#manual = settings === "manual";
    this.#settings = settings === "manual" ? {} : settings;
  }

  /** A number for an outgoing call: below 2^31, where those of incoming ones begin. */
  nextNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  /** Makes the object for a call that the core knows. */
  add(init: Omit<CallInit, "media" | "openMedia" | "bind">, media?: MediaOptions): Call {
    let receive: Line["receive"] = () => undefined;
    const call = new Call({
      ...init,
      media: { ...this.#settings, ...media },
      openMedia: (context, tell) => this.#openMedia(context, tell),
      bind: (receiver) => { receive = receiver; },
    });
    this.#lines.set(init.number, { call, receive });
    return call;
  }

  /** Brings an event to its call. */
  receive(event: CallEvent): void {
    const line = this.#lines.get(event.call);
    if (event.type === "ended") this.#lines.delete(event.call);
    line?.receive(event);
  }

  /** Ends every call here, when the core can no longer do it. */
  end(by: EndedBy, cause: Cause, reason: string): void {
    const rest = { status: undefined, answeredElsewhere: false, durationMs: 0, retryAfter: undefined, contacts: [] };
    for (const call of Array.from(this.#lines.keys())) this.receive({ type: "ended", call, by, cause, reason, ...rest });
  }

  /** The call of this number. */
  find(number: number | undefined): Call | undefined {
    return number === undefined ? undefined : this.#lines.get(number)?.call;
  }

  /** All of them, the oldest first. */
  get all(): Call[] {
    return Array.from(this.#lines.values(), ({ call }) => call);
  }

  #openMedia(context: MediaContext, tell: (event: Event) => void): MediaHandler {
    if (this.#manual) return new ManualMedia(tell);
    return this.#settings.handler?.(context) ?? new PeerConnectionMedia(context, this.#settings);
  }
}
