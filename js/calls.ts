/** The calls of a user agent: their numbers, and the way of an event to its call. */

import { Call, courseOf } from "./call.js";
import type { CallInit } from "./call.js";
import type { CallEvent } from "./call-course.js";
import type { MediaMaker } from "./call-media.js";
import type { MediaContext, MediaHandler, MediaOptions, MediaSettings } from "./media/handler.js";
import { ManualMedia } from "./media/manual.js";
import { PeerConnectionMedia } from "./media/peer-connection.js";
import type { Cause, EndedBy } from "./protocol.js";

/** The calls that have not ended. */
export class Calls implements MediaMaker {
  readonly #settings: MediaSettings;
  readonly #manual: boolean;
  readonly #calls = new Map<number, Call>();
  #lastNumber = 0;

  /** @param settings - the media of all calls, unless a call says otherwise */
  constructor(settings: MediaSettings | "manual" = {}) {
    this.#manual = settings === "manual";
    this.#settings = settings === "manual" ? {} : settings;
  }

  /** A number for an outgoing call: below 2^31, where those of incoming ones begin. */
  nextNumber(): number {
    return ++this.#lastNumber;
  }

  /** Makes the object for a call that the core knows. */
  add(init: CallInit, media?: MediaOptions): Call {
    const options = media === undefined ? this.#settings : { ...this.#settings, ...media };
    const call = new Call(init, options, this);
    this.#calls.set(init.number, call);
    return call;
  }

  /** Brings an event to its call. */
  receive(event: CallEvent): void {
    const call = this.#calls.get(event.call);
    if (call === undefined) return;
    if (event.type === "ended") this.#calls.delete(event.call);
    courseOf(call).receive(event);
  }

  /** Ends every call here, when the core can no longer do it. */
  end(by: EndedBy, cause: Cause, reason: string): void {
    const rest = { status: undefined, answeredElsewhere: false, durationMs: 0, retryAfter: undefined, contacts: [] };
    for (const call of [...this.#calls.keys()]) this.receive({ type: "ended", call, by, cause, reason, ...rest });
  }

  /** The call of this number. */
  find(number: number | undefined): Call | undefined {
    return number === undefined ? undefined : this.#calls.get(number);
  }

  /** All of them, the oldest first. */
  get all(): Call[] {
    return [...this.#calls.values()];
  }

  openMedia(context: MediaContext, call: EventTarget): MediaHandler {
    if (this.#manual) return new ManualMedia(call);
    return this.#settings.handler?.(context) ?? new PeerConnectionMedia(context, this.#settings);
  }
}
