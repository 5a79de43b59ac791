/** The events of a {@link Call}, one class each, and the map from their names. */

import type { SipError } from "./errors.js";
import type { Cause, EndedBy, Field, ProgressKind } from "./protocol.js";

/** The names of a call's events. */
export interface CallEventMap {
  /** The state changed; comes before the event that tells why. */
  statechange: StateChangeEvent;
  /** A provisional response came (outgoing calls): once for each that counts, never for a retransmission. */
  progress: CallProgressEvent;
  /** A PRACK of ours was answered by a 2xx. */
  prackresponse: PrackResponseEvent;
  /** A PRACK of ours failed. What follows for the call comes as an event of its own. */
  prackfailed: PrackFailedEvent;
  /** A reliable provisional response of ours was acknowledged (incoming calls). */
  prack: PrackEvent;
  /** A reliable provisional response of ours was not acknowledged for 64*T1 (incoming calls). */
  noprack: NoPrackEvent;
  /** One of several early dialogs ended, while the call goes on. */
  dialogended: DialogEndedEvent;
  /** The call was answered by a 2xx: the peer's, or ours. */
  accepted: AcceptedEvent;
  /** The 2xx was acknowledged: the ACK was sent, or received. */
  confirmed: ConfirmedEvent;
  /** The remote stream has begun or changed; also before the answer (early media). */
  media: MediaEvent;
  /** The session was renegotiated: hold, resume, other media. */
  update: UpdateEvent;
  /** INFO came inside the call. */
  info: InfoEvent;
  /** The caller gave up before the call was answered (incoming calls). `ended` follows. */
  cancel: CallEndedEvent;
  /** The call ended without having been answered. `ended` follows. */
  failed: CallEndedEvent;
  /** The call is over, however it went. The last event. */
  ended: CallEndedEvent;
}

/** What a call is doing. */
export type CallState =
  /** The INVITE is on its way (outgoing), or has arrived and nothing was told to the caller (incoming). */
  | "trying"
  /** The callee is being alerted. */
  | "ringing"
  /** Media flows before the answer. */
  | "early"
  /** A 2xx was received or sent. */
  | "answered"
  /** The 2xx was acknowledged. */
  | "confirmed"
  /** The connection to the server is lost; media may go on. */
  | "reconnecting"
  /** Over. */
  | "ended";

/** How a call ended: the value of {@link Call.ended}. */
export interface CallEnd {
  /** Who ended it: `local` (the application), `remote`, or `system` (a timeout, a fault, a lost connection). */
  readonly by: EndedBy;
  /** The status that ended it, 300..699, when one did. */
  readonly status: number | undefined;
  /** The stable name of the cause: `bye`, `cancelled`, `busy`, `no-answer`, `media-denied` ... */
  readonly cause: Cause;
  /** The reason phrase, or the text of a Reason field (RFC 3326). */
  readonly reason: string | undefined;
  /** Another device of the same user took the call (RFC 3326: `SIP;cause=200` in the CANCEL). */
  readonly answeredElsewhere: boolean;
  /** From the 2xx to the end, in ms; 0 when the call was never answered. */
  readonly durationMs: number;
  /** From Retry-After (RFC 3261 section 20.33), in seconds. */
  readonly retryAfter: number | undefined;
}

/** The state of a call changed. */
export class StateChangeEvent extends Event {
  /** @internal */
  constructor(
    /** The new state. */
    readonly state: CallState,
    /** The one before. */
    readonly previous: CallState,
  ) {
    super("statechange");
  }
}

/** @internal What is known of a provisional response. */
export interface ProgressInit {
  readonly status: number;
  readonly reason: string;
  readonly reliable: boolean;
  readonly rseq: number | undefined;
  readonly kind: ProgressKind;
  readonly dialog: number | undefined;
  readonly headers: readonly Field[];
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
export class CallProgressEvent extends Event {
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
  /** All its header fields, in order. */
  readonly headers: readonly Field[];

  /** @internal */
  constructor(init: ProgressInit) {
    super("progress");
    this.status = init.status;
    this.reason = init.reason;
    this.reliable = init.reliable;
    this.rseq = init.rseq;
    this.kind = init.kind;
    this.dialogId = init.dialog;
    this.headers = init.headers;
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

/** @internal The PRACK that acknowledged. */
export interface PrackInit {
  readonly rseq: number;
  readonly body: string | undefined;
  readonly contentType: string | undefined;
  readonly headers: readonly Field[];
}

/** A reliable provisional response of ours was acknowledged. */
export class PrackEvent extends Event {
  /** The RSeq that it acknowledges. */
  readonly rseq: number;
  /** The PRACK's body. */
  readonly body: string | undefined;
  /** Its content type. */
  readonly contentType: string | undefined;
  /** All its header fields, in order. */
  readonly headers: readonly Field[];

  /** @internal */
  constructor(init: PrackInit) {
    super("prack");
    this.rseq = init.rseq;
    this.body = init.body;
    this.contentType = init.contentType;
    this.headers = init.headers;
  }
}

/**
 * Nobody acknowledged a reliable provisional response for 64*T1 (RFC 3262 section 3). Unless the
 * listener calls {@link NoPrackEvent.respond} at once, the call is rejected with 504.
 */
export class NoPrackEvent extends Event {
  readonly #respond: (status: number, reason?: string) => void;

  /** @internal */
  constructor(
    /** The RSeq. */
    readonly rseq: number,
    /** The INVITE, as received. */
    readonly invite: string,
    /** The provisional response, as sent. */
    readonly response: string,
    respond: (status: number, reason?: string) => void,
  ) {
    super("noprack");
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
    this.#respond(status, reason);
  }
}

/** One early dialog ended (its branch failed, RFC 6228), while the call goes on. */
export class DialogEndedEvent extends Event {
  /** @internal */
  constructor(
    /** Which. */
    readonly dialogId: number,
    /** Why: from the Reason field of the 199. */
    readonly status: number | undefined,
  ) {
    super("dialogended");
  }

  /** The same as `status`. */
  get code(): number | undefined {
    return this.status;
  }
}

/** The call was answered. */
export class AcceptedEvent extends Event {
  /** @internal */
  constructor(
    /** Which dialog: of several forks, the one that won. */
    readonly dialogId: number,
    /** 200..299. */
    readonly status: number,
    /** All header fields of the peer's 2xx, in order; empty for ours. */
    readonly headers: readonly Field[],
  ) {
    super("accepted");
  }
}

/** The 2xx was acknowledged. */
export class ConfirmedEvent extends Event {
  /** @internal */
  constructor(
    /** Which dialog. */
    readonly dialogId: number,
  ) {
    super("confirmed");
  }
}

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

/** The session was renegotiated (RFC 3261 section 14, RFC 3311). */
export class UpdateEvent extends Event {
  /** @internal */
  constructor(
    /** Whether the peer asked for it. */
    readonly byPeer: boolean,
    /** Whether the peer has put us on hold. */
    readonly heldByPeer: boolean,
  ) {
    super("update");
  }
}

/** INFO came inside the call (RFC 6086); it has been answered with 200. */
export class InfoEvent extends Event {
  /** @internal */
  constructor(
    /** Its body. */
    readonly body: string | undefined,
    /** Its content type. */
    readonly contentType: string | undefined,
    /** All its header fields, in order. */
    readonly headers: readonly Field[],
  ) {
    super("info");
  }
}

/** The call is over: {@link CallEnd} as an event. */
export class CallEndedEvent extends Event implements CallEnd {
  /** @internal */
  constructor(
    type: "cancel" | "failed" | "ended",
    /** Everything about it, as {@link Call.ended} resolves with. */
    readonly end: CallEnd,
  ) {
    super(type);
  }

  /** Who ended it. */
  get by(): EndedBy {
    return this.end.by;
  }

  /** The status that ended it, 300..699, when one did. */
  get status(): number | undefined {
    return this.end.status;
  }

  /** The same as `status`. */
  get code(): number | undefined {
    return this.end.status;
  }

  /** The stable name of the cause. */
  get cause(): Cause {
    return this.end.cause;
  }

  /** The reason phrase, or the text of a Reason field (RFC 3326). */
  get reason(): string | undefined {
    return this.end.reason;
  }

  /** Another device of the same user took the call. */
  get answeredElsewhere(): boolean {
    return this.end.answeredElsewhere;
  }

  /** From the 2xx to the end, in ms. */
  get durationMs(): number {
    return this.end.durationMs;
  }

  /** From Retry-After, in seconds. */
  get retryAfter(): number | undefined {
    return this.end.retryAfter;
  }
}
