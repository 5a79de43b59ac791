/** The events of a call's media, and of its session descriptions where the application makes them. */

import { SipError } from "./errors.js";

/** The remote stream has begun or changed. */
export class MediaEvent extends Event {
  /** @internal */
  constructor(
    /** What the peer sends; to be given to an `<audio autoplay>` as its `srcObject`. */
    readonly stream: MediaStream,
    /** Whether the call is not answered yet. */
    readonly early: boolean,
  ) {
    super("media");
  }
}

/** @internal Which description is needed. */
export interface DescribeInit {
  readonly kind: "offer" | "answer";
  readonly offer: string | undefined;
  readonly dialogId: number | undefined;
  readonly held: boolean;
}

/**
 * A session description is needed (media `manual`). A listener gives it by
 * {@link DescribeEvent.respondWith} before it returns; the description itself may come later.
 *
 * The INVITE, the response, PRACK, UPDATE or ACK that is to carry it waits, while retransmissions
 * of the peer are absorbed: for 20 s (`prackDeadline`) where a PRACK owes an answer, for 10 s where
 * the offer came in a PRACK.
 *
 * @example
 * ```ts
 * call.addEventListener("describe", (event) => {
 *   event.respondWith(event.kind === "offer" ? makeOffer() : makeAnswer(event.offer));
 * });
 * ```
 */
export class DescribeEvent extends Event {
  /** An `offer`, or the `answer` to the peer's offer (RFC 3264). */
  readonly kind: "offer" | "answer";
  /** The peer's offer, when an answer is needed. */
  readonly offer: string | undefined;
  /** For which dialog; absent for the offer of an INVITE, which is for all forks. */
  readonly dialogId: number | undefined;
  /** Whether {@link Call.hold} wants media to stop: `sendonly` or `inactive` (RFC 3264 section 8.4). */
  readonly held: boolean;
  readonly #respond: (sdp: string | PromiseLike<string>) => void;

  /** @internal */
  constructor(init: DescribeInit, respond: (sdp: string | PromiseLike<string>) => void) {
    super("describe");
    this.kind = init.kind;
    this.offer = init.offer;
    this.dialogId = init.dialogId;
    this.held = init.held;
    this.#respond = respond;
  }

  /**
   * Gives the description. Once, and only while the listener runs, as with a service worker's
   * `FetchEvent`. When the promise rejects, or nobody calls this, there is no description: an
   * outgoing call fails, an incoming one is rejected with 480, or with 488 for a
   * {@link MediaError} `not-acceptable`; an offer inside a call is refused with 488.
   *
   * @param sdp - the description (RFC 8866), or a promise of it
   * @throws SipError `invalid-state` when it was given already, or the listener has returned
   * @throws TypeError when it is neither text nor a promise
   */
  respondWith(sdp: string | PromiseLike<string>): void {
    this.#respond(sdp);
  }
}

/** The peer's description is there (media `manual`): the answer to an offer of ours, or a foretaste of it. */
export class RemoteDescriptionEvent extends Event {
  /** @internal */
  constructor(
    /** The description (RFC 8866). */
    readonly sdp: string,
    /** `preview`: from an unreliable response, the answer is still to come; `answer`: the answer. */
    readonly kind: "preview" | "answer",
    /** Whose: each fork of a call is a dialog of its own. */
    readonly dialogId: number,
    /** Whether this dialog is the one that was answered. Otherwise another may still be. */
    readonly commit: boolean,
  ) {
    super("remotedescription");
  }
}

/** The last offer, ours or the peer's, came to nothing (media `manual`): back to the session before. */
export class RollbackEvent extends Event {
  /** @internal */
  constructor(
    /** In which dialog. */
    readonly dialogId: number,
  ) {
    super("rollback");
  }
}

/** @internal A description that a listener may give: once, and only until `closed` is called. */
export class Reply {
  #sdp: string | PromiseLike<string> | undefined;
  #open = true;

  /** Takes the description. */
  give(sdp: unknown): void {
    if (!isDescription(sdp)) throw new TypeError("the description must be a string, or a promise of one");
    if (!this.#open) throw new SipError("invalid-state", "the description was given already, or the listener has returned");
    this.#open = false;
    this.#sdp = sdp;
  }

  /** The listeners have returned. */
  close(): string | PromiseLike<string> | undefined {
    this.#open = false;
    return this.#sdp;
  }
}

function isDescription(sdp: unknown): sdp is string | PromiseLike<string> {
  return typeof sdp === "string" || (typeof sdp === "object" && sdp !== null && "then" in sdp);
}
