/**
 * The course of a call: from the core's events to the call's state, its promises, and the events
 * that the application sees.
 *
 *      trying -> ringing -> early -> answered -> confirmed     (steps may be left out)
 *         any of these <-> reconnecting
 *         any of these  -> ended
 */

import { AcceptedEvent, CallEndedEvent, ConfirmedEvent, DialogEndedEvent, NoAckEvent, StateChangeEvent } from "./call-events.js";
import type { CallEnd, CallState } from "./call-events.js";
import type { CallMedia } from "./call-media.js";
import { SipError, failureError, failureMessage } from "./errors.js";
import type { MediaError } from "./errors.js";
import { fieldsIn } from "./fields.js";
import type { SipResponse } from "./fields.js";
import { CancelEvent, InfoEvent, ReinviteEvent, RenegotiatedEvent, UpdateEvent } from "./inside-events.js";
import type { Responses } from "./inside-events.js";
import { MediaEvent, Reply } from "./media-events.js";
import type { PrackOptions } from "./options.js";
import { Pending } from "./pending.js";
import {
  CallProgressEvent, NoPrackEvent, OfferRejectedEvent, PrackAutoEvent, PrackEvent, PrackFailedEvent, PrackResponseEvent,
} from "./progress-events.js";
import type { PrackInit } from "./progress-events.js";
import { defer, quiet } from "./promises.js";
import type { CoreEvent, DialogState, Failure, Field } from "./protocol.js";

/** What happens to a call. */
export type CallEvent = Exclude<Extract<CoreEvent, { call: number }>, { type: "invite" | "fork" }>;

/** What is told and changes nothing in the call's state. */
type News = Extract<CallEvent, {
  type: "prackResponse" | "prackFailed" | "prackAuto" | "offerRejected" | "noPrack" | "noAck" | "cancel" | "update" | "reinvite" | "updated" | "info";
}>;

type Accepted = Extract<CoreEvent, { type: "accepted" }>;
type Ended = Extract<CoreEvent, { type: "ended" }>;
/** A provisional response. */
export type Progress = Extract<CoreEvent, { type: "progress" }>;

/** One dialog of a call: an outgoing call has one for each fork that has answered provisionally. */
export interface CallDialog {
  /** The number that events carry as `dialogId`. */
  readonly id: number;
  /** `early`, `confirmed` or `terminated`. */
  readonly state: DialogState;
  /** The RSeq last received in it (RFC 3262 section 4). */
  readonly rseq: number | undefined;
}

/** The 2xx that answered a call. */
export interface Answered {
  /** 200..299. */
  readonly status: number;
  /** All header fields of the peer's 2xx, in order; empty for ours. */
  readonly headers: readonly Field[];
  /** The dialog that won. */
  readonly dialogId: number;
}

class Success implements Answered {
  readonly #headers: string;

  constructor(readonly status: number, readonly dialogId: number, headers: string) {
    this.#headers = headers;
  }

  get headers(): readonly Field[] {
    return fieldsIn(this.#headers);
  }
}

/** Whose course it is; its responses answer what the peer asks for. */
export interface Traveller extends Responses {
  readonly direction: "incoming" | "outgoing";
  readonly media: CallMedia;
  /** Hands an event to the application. */
  tell(event: Event): void;
  /** Acknowledges a provisional response. */
  prack(response: Progress, options: PrackOptions): Promise<SipResponse>;
}

/** The state of one call and how it came to it. */
export class Course {
  readonly #call: Traveller;
  readonly #answer = defer<Answered>();
  readonly #end = defer<CallEnd>();
  /** Made when somebody asks: few calls need one, and each costs as much memory as the rest of this. */
  #over: AbortController | undefined;
  #isOver = false;
  readonly #dialogs: CallDialog[] = [];
  readonly #pracks: PrackEvent[] = [];
  #pending: Pending | undefined;
  #state: CallState = "trying";
  #before: CallState = "trying";
  #answeredAt: number | undefined;
  #mediaError: MediaError | undefined;
  #broken: MediaError | undefined;
  #abortReason: unknown;

  constructor(call: Traveller) {
    this.#call = call;
    void quiet(this.#answer.promise);
  }

  /** The provisional responses that wait for their PRACK. */
  get pending(): Pending {
    return (this.#pending ??= new Pending());
  }

  /** Takes the next event in. */
  receive(event: CallEvent): void {
    switch (event.type) {
      case "describe":
        this.#call.media.describe(event);
        break;
      case "remote":
        this.#call.media.remote(event);
        break;
      case "rollback":
        this.#call.media.rollback(event.dialog);
        break;
      case "progress":
        this.#onProgress(event);
        break;
      case "sent":
        this.pending.sent(event.request, event.status, event.rseq);
        break;
      case "prack":
        this.#onPrack(event);
        break;
      case "dialogEnded":
        this.#onDialogEnded(event.dialog, event.status);
        break;
      case "accepted":
        this.#onAccepted(event);
        break;
      case "confirmed":
        this.#enter("confirmed");
        this.#call.tell(new ConfirmedEvent(event.dialog));
        break;
      case "reconnecting":
        this.#onReconnecting(event.lost);
        break;
      case "ended":
        this.#onEnded(event);
        break;
      default:
        this.#call.tell(this.#newsOf(event));
    }
  }

  /** We have told the caller that somebody is being alerted. */
  alerting(code: number, described: boolean): void {
    if (this.#state !== "trying" && this.#state !== "ringing") return;
    if (described) this.#enter("early");
    else if (code === 180) this.#enter("ringing");
  }

  /** The peer can be heard. */
  heard(stream: MediaStream): void {
    if (!this.#isOver) this.#call.tell(new MediaEvent(stream, this.#answeredAt === undefined));
  }

  /** Media failed; `broken`: so that the call cannot go on, and ends by that whatever the wire says. */
  blame(error: MediaError, broken: boolean): void {
    this.#mediaError = error;
    if (broken) this.#broken ??= error;
  }

  /** The application gave the call up for this reason. */
  aborted(reason: unknown): void {
    this.#abortReason = reason;
  }

  /** The error for a failed command; media errors come as they were. */
  failure(failure: Failure): SipError {
    return this.#mediaError?.code === failure.cause ? this.#mediaError : failureError(failure);
  }

  /** The PRACK that acknowledged this RSeq. */
  prack(rseq: number): PrackEvent | undefined {
    return this.#pracks.find((event) => event.rseq === rseq);
  }

  /** Whether a 2xx was sent or received. */
  get isAnswered(): boolean {
    return this.#answeredAt !== undefined;
  }

  get state(): CallState {
    return this.#state;
  }

  get answered(): Promise<Answered> {
    return this.#answer.promise;
  }

  get ended(): Promise<CallEnd> {
    return this.#end.promise;
  }

  /** Aborted when the call has ended. */
  get over(): AbortSignal {
    this.#over ??= new AbortController();
    if (this.#isOver) this.#over.abort();
    return this.#over.signal;
  }

  get dialogs(): readonly CallDialog[] {
    return [...this.#dialogs];
  }

  /** What is told and changes nothing here. */
  #newsOf(event: News): Event {
    switch (event.type) {
      case "prackResponse":
        return new PrackResponseEvent(event.dialog, event.rseq, event.status);
      case "prackFailed":
        return new PrackFailedEvent(event.dialog, event.rseq, failureError(event.failure));
      case "prackAuto":
        return new PrackAutoEvent(event.dialog, event.rseq);
      case "offerRejected":
        return new OfferRejectedEvent(event.dialog, event.rseq, event.status);
      case "noPrack":
        return new NoPrackEvent(event, (options) => { this.#call.reject(options); });
      case "noAck":
        return new NoAckEvent();
      case "cancel":
        return new CancelEvent(event.headers);
      case "update":
        return new UpdateEvent(event.dialog, event.offer, event.headers);
      case "reinvite":
        return new ReinviteEvent(event, this.#call);
      case "updated":
        return new RenegotiatedEvent(event.byPeer, event.heldByPeer);
      case "info":
        return new InfoEvent(event.body, event.contentType, event.headers);
    }
  }

  #onProgress(event: Progress): void {
    const { dialog, rseq, status, kind } = event;
    // A re-INVITE rings in a dialog that is confirmed, and stays so.
    const answered = this.#answeredAt !== undefined;
    if (dialog !== undefined) this.#remember(dialog, answered ? "confirmed" : "early", rseq);
    if (kind !== "none" && !answered) this.#enter("early");
    else if (status === 180 && this.#state === "trying") this.#enter("ringing");
    this.#call.tell(new CallProgressEvent(event, (options) => this.#call.prack(event, options)));
  }

  #onPrack(init: PrackInit): void {
    const reply = new Reply();
    const event = new PrackEvent(init, (sdp) => { this.#answerOffer(init, reply, sdp); });
    this.pending.acknowledged(init.rseq);
    this.#pracks.push(event);
    this.#call.tell(event);
    reply.close();
  }

  /** The core asks for it right behind the event. */
  #answerOffer({ offer }: PrackInit, reply: Reply, sdp: string | PromiseLike<string>): void {
    if (!offer) throw new SipError("invalid-state", "the PRACK carries no offer");
    reply.give(sdp);
    this.#call.media.answerNext(sdp);
  }

  #onDialogEnded(dialog: number, status: number | undefined): void {
    this.#remember(dialog, "terminated");
    this.#call.media.endDialog(dialog);
    this.#call.tell(new DialogEndedEvent(dialog, status));
  }

  #onAccepted({ dialog: dialogId, status, headers }: Accepted): void {
    this.#answeredAt = performance.now();
    this.#pending?.clear();
    this.#remember(dialogId, "confirmed");
    this.#call.media.commit(dialogId);
    this.#enter("answered");
    this.#answer.resolve(new Success(status, dialogId, headers));
    this.#call.tell(new AcceptedEvent(dialogId, status, headers));
  }

  #onReconnecting(lost: boolean): void {
    if (lost && this.#state !== "reconnecting") {
      this.#before = this.#state;
      this.#enter("reconnecting");
    } else if (!lost && this.#state === "reconnecting") {
      this.#enter(this.#before);
    }
  }

  #onEnded(event: Ended): void {
    const end = this.#endOf(event);
    this.#isOver = true;
    this.#over?.abort();
    this.#call.media.close();
    this.#enter("ended");
    this.#pending?.clear();
    if (this.#answeredAt === undefined) this.#fail(end);
    this.#end.resolve(end);
    this.#call.tell(new CallEndedEvent("ended", end));
  }

  #fail(end: CallEnd): void {
    this.#answer.reject(this.#errorOf(end));
    this.#call.tell(new CallEndedEvent("failed", end));
  }

  #endOf({ by, status, cause, reason, answeredElsewhere, durationMs, retryAfter, contacts }: Ended): CallEnd {
    const rest = { status, answeredElsewhere, durationMs: durationMs === 0 ? this.#elapsed() : durationMs, retryAfter, contacts };
    const broken = by === "local" ? this.#broken : undefined;
    return broken === undefined ? { by, cause, reason, ...rest } : { by: "system", cause: broken.code, reason: broken.message, ...rest };
  }

  /** When the core can no longer say how long the call was. */
  #elapsed(): number {
    return this.#answeredAt === undefined ? 0 : Math.round(performance.now() - this.#answeredAt);
  }

  #errorOf({ cause, status, reason, retryAfter }: CallEnd): SipError {
    if (this.#mediaError?.code === cause) return this.#mediaError;
    const behind = this.#abortReason === undefined ? {} : { cause: this.#abortReason };
    return new SipError(cause, failureMessage(cause, status, reason), { status, reasonPhrase: reason, retryAfter, ...behind });
  }

  #remember(id: number, state: DialogState, rseq?: number): void {
    const index = this.#dialogs.findIndex((dialog) => dialog.id === id);
    const dialog = { id, state, rseq: rseq ?? this.#dialogs[index]?.rseq };
    if (index < 0) this.#dialogs.push(dialog);
    else this.#dialogs[index] = dialog;
  }

  #enter(state: CallState): void {
    if (state === this.#state) return;
    const previous = this.#state;
    this.#state = state;
    this.#call.tell(new StateChangeEvent(state, previous));
  }
}
