/** The events of a {@link Call}, one class each, and the map from their names. */

import type { Call } from "./call.js";
import type { CancelEvent, InfoEvent, ReinviteEvent, RenegotiatedEvent, UpdateEvent } from "./inside-events.js";
import type { DescribeEvent, MediaEvent, RemoteDescriptionEvent, RollbackEvent } from "./media-events.js";
import type {
  CallProgressEvent, NoPrackEvent, OfferRejectedEvent, PrackAutoEvent, PrackEvent, PrackFailedEvent, PrackResponseEvent,
} from "./progress-events.js";
import { MessageTold } from "./fields.js";
import type { Cause, EndedBy } from "./protocol.js";

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
  /** The application has not acknowledged a provisional response in time, and the user agent has. */
  prackauto: PrackAutoEvent;
  /** An offer that a PRACK of ours carried was refused; the call goes on as it was. */
  offerrejected: OfferRejectedEvent;
  /** A reliable provisional response of ours was acknowledged (incoming calls). */
  prack: PrackEvent;
  /** A reliable provisional response of ours was not acknowledged for 64*T1 (incoming calls). */
  noprack: NoPrackEvent;
  /** One of several early dialogs ended, while the call goes on. */
  dialogended: DialogEndedEvent;
  /** A further callee has answered, and is a call of its own (the option `onFork: "keep"`). */
  fork: ForkEvent;
  /** The call was answered by a 2xx: the peer's, or ours. */
  accepted: AcceptedEvent;
  /** The 2xx was acknowledged: the ACK was sent, or received. */
  confirmed: ConfirmedEvent;
  /** Our 2xx was not acknowledged for 64*T1 (incoming calls). `ended` follows. */
  noack: NoAckEvent;
  /** The remote stream has begun or changed; also before the answer (early media). */
  media: MediaEvent;
  /** Media `manual`: a session description is needed. */
  describe: DescribeEvent;
  /** Media `manual`: the peer's session description is there. */
  remotedescription: RemoteDescriptionEvent;
  /** Media `manual`: the last offer came to nothing. */
  rollback: RollbackEvent;
  /** The peer's UPDATE came, and was answered with 200. */
  update: UpdateEvent;
  /** The peer's re-INVITE came, and waits for an answer (the option `reinvites: "manual"`). */
  reinvite: ReinviteEvent;
  /** The session was renegotiated: hold, resume, other media. */
  renegotiated: RenegotiatedEvent;
  /** INFO came inside the call. */
  info: InfoEvent;
  /** The caller gave up before the call was answered (incoming calls). `failed` and `ended` follow. */
  cancel: CancelEvent;
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
  /**
   * Where a 3xx says that the callee can be had instead, best first: the application may follow by
   * {@link UserAgent.call}. Else empty.
   */
  readonly contacts: readonly string[];
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

/**
 * A further callee has answered (RFC 3261 section 13.2.2.4). It is offered a session of its own, and
 * ends when there can be none. Both calls go on until they are hung up.
 */
export class ForkEvent extends Event {
  /** @internal */
  constructor(
    /** The call with the further callee; it is answered already. */
    readonly call: Call,
  ) {
    super("fork");
  }
}

/** The call was answered. */
export class AcceptedEvent extends MessageTold {
  /** @internal */
  constructor(
    /** Which dialog: of several forks, the one that won. */
    readonly dialogId: number,
    /** 200..299. */
    readonly status: number,
    headers: string,
  ) {
    super("accepted", headers);
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

/**
 * Our 2xx was not acknowledged for 64*T1 (incoming calls): the call ends with a BYE
 * (RFC 3261 section 13.3.1.4).
 */
export class NoAckEvent extends Event {
  /** @internal */
  constructor() {
    super("noack");
  }
}

/** The call is over: {@link CallEnd} as an event. */
export class CallEndedEvent extends Event implements CallEnd {
  /** Who ended it. */
  declare readonly by: EndedBy;
  /** The status that ended it, 300..699, when one did. */
  declare readonly status: number | undefined;
  /** The stable name of the cause. */
  declare readonly cause: Cause;
  /** The reason phrase, or the text of a Reason field (RFC 3326). */
  declare readonly reason: string | undefined;
  /** Another device of the same user took the call. */
  declare readonly answeredElsewhere: boolean;
  /** From the 2xx to the end, in ms. */
  declare readonly durationMs: number;
  /** From Retry-After, in seconds. */
  declare readonly retryAfter: number | undefined;
  /** Where a 3xx says that the callee can be had instead, best first. */
  declare readonly contacts: readonly string[];

  /** @internal */
  constructor(
    type: "failed" | "ended",
    /** Everything about it, as {@link Call.ended} resolves with. */
    readonly end: CallEnd,
  ) {
    super(type);
    Object.assign(this, end);
  }

  /** The same as `status`. */
  get code(): number | undefined {
    return this.status;
  }
}
