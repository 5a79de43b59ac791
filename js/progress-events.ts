/** The events of provisional responses and their acknowledgement (RFC 3262), in both roles. */

import type { SipError } from "./errors.js";
import { MessageTold } from "./fields.js";
import type { SipResponse } from "./fields.js";
import type { PrackOptions, RejectOptions } from "./options.js";
import type { ProgressKind } from "./protocol.js";

/** @internal What is known of a provisional response. */
export interface ProgressInit {
  readonly status: number;
  readonly reason: string;
  readonly reliable: boolean;
  readonly rseq: number | undefined;
  readonly kind: ProgressKind;
  readonly dialog: number | undefined;
  readonly prack: boolean;
  readonly headers: string;
}

/**
 * A provisional response (101..199) of an outgoing call.
 *
 * @example
 * ```ts
 * call.addEventListener("progress", (event) => {
 *   if (event.status === 180) showRinging();
 *   if (event.reliable) console.log(`acknowledged by PRACK, RSeq ${event.rseq}`);
 * });
 * ```
 */
export class CallProgressEvent extends MessageTold {
  /** 101..199. */
  readonly status: number;
  /** The reason phrase. */
  readonly reason: string;
  /** Whether it was sent reliably, and so is acknowledged by a PRACK (RFC 3262). */
  readonly reliable: boolean;
  /** Its RSeq, when reliable. */
  readonly rseq: number | undefined;
  /** What its session description is good for: `none`, `preview` (unreliable), `answer` or `offer`. */
  readonly kind: ProgressKind;
  /** Which early dialog it belongs to: each fork has its own; absent for a response without To tag. */
  readonly dialogId: number | undefined;
  /** Whether {@link CallProgressEvent.prack} is the application's to call (PRACK `manual`). */
  readonly awaitsPrack: boolean;
  readonly #acknowledge: (options: PrackOptions) => Promise<SipResponse>;

  /** @internal */
  constructor(init: ProgressInit, acknowledge: (options: PrackOptions) => Promise<SipResponse>) {
    super("progress", init.headers);
    this.#acknowledge = acknowledge;
    this.status = init.status;
    this.reason = init.reason;
    this.reliable = init.reliable;
    this.rseq = init.rseq;
    this.kind = init.kind;
    this.dialogId = init.dialog;
    this.awaitsPrack = init.prack;
  }

  /**
   * Acknowledges this response (PRACK `manual`), now or until `prackDeadline`: then it is
   * acknowledged without (`prackauto`). The PRACK leaves after those of earlier responses of the
   * dialog, and with the answer where it has to carry one.
   *
   * @returns the final response to the PRACK, a 2xx
   * @throws TypeError for wrong arguments, at once: nothing was sent, and it can be called again
   * @throws Rel100Error `already-sent`; `not-reliable`; `offer-not-allowed`: the response did not
   *   carry the answer
   * @throws SipError when the PRACK failed; what follows for the call comes as an event
   *
   * @example
   * ```ts
   * call.addEventListener("progress", async (event) => {
   *   if (event.awaitsPrack) await event.prack({ headers: { "X-Ticket": "42" } });
   * });
   * ```
   */
  prack(options: PrackOptions = {}): Promise<SipResponse> {
    return this.#acknowledge(options);
  }

  /** The same as `status`. */
  get code(): number {
    return this.status;
  }

  /** Whether it came with a session description, so that media may be heard before the answer. */
  get earlyMedia(): boolean {
    return this.kind !== "none";
  }
}

/** A PRACK of ours was answered by a 2xx. */
export class PrackResponseEvent extends Event {
  /** @internal */
  constructor(
    /** The early dialog. */
    readonly dialogId: number,
    /** The RSeq that was acknowledged. */
    readonly rseq: number,
    /** 200..299. */
    readonly status: number,
  ) {
    super("prackresponse");
  }
}

/** A PRACK of ours failed. */
export class PrackFailedEvent extends Event {
  /** @internal */
  constructor(
    /** The early dialog. */
    readonly dialogId: number,
    /** The RSeq that was to be acknowledged. */
    readonly rseq: number,
    /** Why: a status, or a timeout. */
    readonly error: SipError,
  ) {
    super("prackfailed");
  }

  /** The status of the response, when there was one. */
  get code(): number | undefined {
    return this.error.status;
  }
}

/** The application has not acknowledged a provisional response in time: its PRACK has left by itself. */
export class PrackAutoEvent extends Event {
  /** @internal */
  constructor(
    /** The early dialog. */
    readonly dialogId: number,
    /** The RSeq that it acknowledges. */
    readonly rseq: number,
  ) {
    super("prackauto");
  }
}

/**
 * An offer that we made inside the call was refused (RFC 6337 section 2.3). The session is as it
 * was; a PRACK that carried the offer has been sent again without it.
 */
export class OfferRejectedEvent extends Event {
  /** @internal */
  constructor(
    /** The dialog. */
    readonly dialogId: number,
    /** The RSeq that the PRACK acknowledges; absent where it was no PRACK that carried the offer. */
    readonly rseq: number | undefined,
    /** The status that refused it. */
    readonly status: number,
  ) {
    super("offerrejected");
  }

  /** The same as `status`. */
  get code(): number {
    return this.status;
  }
}

/** @internal The PRACK that acknowledged. */
export interface PrackInit {
  readonly rseq: number;
  readonly offer: boolean;
  readonly body: string | undefined;
  readonly contentType: string | undefined;
  readonly headers: string;
}

/** A reliable provisional response of ours was acknowledged. */
export class PrackEvent extends MessageTold {
  /** The RSeq that it acknowledges. */
  readonly rseq: number;
  /** Whether it carried an offer, whose answer goes into our 200 (RFC 6337 section 2.2). */
  readonly offer: boolean;
  /** The PRACK's body. */
  readonly body: string | undefined;
  /** Its content type. */
  readonly contentType: string | undefined;
  readonly #answer: (sdp: string | PromiseLike<string>) => void;

  /** @internal */
  constructor(init: PrackInit, answer: (sdp: string | PromiseLike<string>) => void) {
    super("prack", init.headers);
    this.#answer = answer;
    this.rseq = init.rseq;
    this.offer = init.offer;
    this.body = init.body;
    this.contentType = init.contentType;
  }

  /**
   * Answers the PRACK's offer (media `manual`), instead of the `describe` event that follows
   * otherwise. Once, and only while the listener runs; the description itself may come later, within
   * 10 s.
   *
   * @param sdp - the answer (RFC 8866), or a promise of it; when that rejects, the offer is refused with 488
   * @throws SipError `invalid-state` when there is no offer, the media layer answers it, it was
   *   answered already, or the listener has returned
   * @throws TypeError when it is neither text nor a promise
   *
   * @example
   * ```ts
   * call.addEventListener("prack", (event) => {
   *   if (event.offer) event.answer(makeAnswer(event.body));
   * });
   * ```
   */
  answer(sdp: string | PromiseLike<string>): void {
    this.#answer(sdp);
  }
}

/** @internal The response that nobody acknowledged. */
export interface NoPrackInit {
  readonly rseq: number;
  readonly invite: string;
  readonly response: string;
}

/**
 * Nobody acknowledged a reliable provisional response for 64*T1 (RFC 3262 section 3). Unless the
 * listener calls {@link NoPrackEvent.respond} at once, the call is rejected with 504.
 */
export class NoPrackEvent extends Event {
  /** The RSeq. */
  readonly rseq: number;
  /** The INVITE, as received. */
  readonly invite: string;
  /** The provisional response, as sent. */
  readonly response: string;
  readonly #respond: (options: RejectOptions) => void;

  /** @internal */
  constructor(init: NoPrackInit, respond: (options: RejectOptions) => void) {
    super("noprack");
    this.rseq = init.rseq;
    this.invite = init.invite;
    this.response = init.response;
    this.#respond = respond;
  }

  /**
   * Rejects the call with another status than 504. Only while the listener runs.
   *
   * @param status - 500..599
   * @param reason - the reason phrase; the usual one when absent
   * @throws TypeError when the status is not a 5xx
   */
  respond(status: number, reason?: string): void {
    if (!Number.isInteger(status) || status < 500 || status > 599) throw new TypeError("status must be 500..599");
    this.#respond(reason === undefined ? { status } : { status, reason });
  }
}
