/**
 * The course of a call: from the core's events to the call's state, its promises, and the events
 * that the application sees.
 *
 *      trying -> ringing -> early -> answered -> confirmed     (steps may be left out)
 *         any of these <-> reconnecting
 *         any of these  -> ended
 */

import { AcceptedEvent, CallEndedEvent, ConfirmedEvent, DialogEndedEvent, StateChangeEvent } from "./call-events.js";
import type { CallEnd, CallEventMap, CallState } from "./call-events.js";
import { CallMedia } from "./call-media.js";
import type { MediaMaker, MediaOwner } from "./call-media.js";
import { tellNews } from "./call-news.js";
import { RESPONSE } from "./engine/link.js";
import type { Link } from "./engine/link.js";
import { Rel100Error, SipError, failureError, failureMessage } from "./errors.js";
import type { MediaError } from "./errors.js";
import { fieldsIn } from "./fields.js";
import type { SipResponse } from "./fields.js";
import type { Responses } from "./inside-events.js";
import { MediaEvent, Reply } from "./media-events.js";
import type { MediaOptions } from "./media/handler.js";
import { bodyOf, fieldsOf } from "./options.js";
import type { PrackOptions } from "./options.js";
import { Pending } from "./pending.js";
import type { PendingReliable } from "./pending.js";
import { CallProgressEvent, PrackEvent } from "./progress-events.js";
import type { PrackInit } from "./progress-events.js";
import { defer, quiet } from "./promises.js";
import type { Deferred } from "./promises.js";
import type { CoreEvent, DialogState, Failure, Field, RequestNumber } from "./protocol.js";
import { tell } from "./target.js";

/** What happens to a call. */
export type CallEvent = Exclude<Extract<CoreEvent, { call: number }>, { type: "invite" | "fork" }>;

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

/** Whose course it is, and who is told its events; its responses answer what the peer asks for. */
export interface Traveller extends Responses, EventTarget {
  readonly id: number;
  readonly direction: "incoming" | "outgoing";
  hangup(): Promise<CallEnd>;
}

/**
 * The state of one call and how it came to it. There are as many as calls, and most of the time nothing
 * happens to them: what few calls need is made when somebody asks, and let go of as soon as it can be.
 */
export class Course implements MediaOwner {
  readonly call: Traveller;
  readonly link: Link;
  readonly media: CallMedia;
  /** The promises, when somebody has asked for them; and what they are settled by. */
  #answer: Deferred<Answered> | undefined;
  #success: Answered | undefined;
  #ending: Deferred<CallEnd> | undefined;
  #end: CallEnd | undefined;
  #over: AbortController | undefined;
  /** In arrays that are replaced: one that grows has room for sixteen more. */
  #dialogs: readonly CallDialog[] = [];
  #prack: PrackEvent | undefined;
  #pending: Pending | undefined;
  #state: CallState = "trying";
  #before: CallState = "trying";
  /** In whole ms: V8 keeps an object for any other number. */
  #answeredAt: number | undefined;
  #mediaError: MediaError | undefined;
  #broken: MediaError | undefined;
  #abortReason: unknown;

  constructor(call: Traveller, link: Link, options: MediaOptions, maker: MediaMaker) {
    this.call = call;
    this.link = link;
    this.media = new CallMedia(this, options, maker);
  }

  /** Takes the next event in. */
  receive(event: CallEvent): void {
    switch (event.type) {
      case "describe":
        this.media.describe(event);
        break;
      case "remote":
        this.media.remote(event);
        break;
      case "rollback":
        this.media.rollback(event.dialog);
        break;
      case "progress":
        this.#onProgress(event);
        break;
      case "sent":
        this.#waiting.sent(event.request, event.status, event.rseq);
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
        this.#tell("confirmed", () => new ConfirmedEvent(event.dialog));
        break;
      case "reconnecting":
        this.#onReconnecting(event.lost);
        break;
      case "ended":
        this.#onEnded(event);
        break;
      default:
        tellNews(event, this.call);
    }
  }

  /** We have told the caller that somebody is being alerted. */
  alerting(code: number, described: boolean): void {
    if (this.#state !== "trying" && this.#state !== "ringing") return;
    if (described) this.#enter("early");
    else if (code === 180) this.#enter("ringing");
  }

  heard(stream: MediaStream): void {
    if (this.#end === undefined) this.#tell("media", () => new MediaEvent(stream, !this.isAnswered));
  }

  /** The call ends by what broke it, whatever the wire says. */
  blame(error: MediaError, broken: boolean): void {
    this.#mediaError = error;
    if (!broken) return;
    this.#broken ??= error;
    void this.call.hangup();
  }

  /** The application gives the call up by this signal. */
  obey(signal: AbortSignal): void {
    signal.addEventListener("abort", () => {
      this.#abortReason = signal.reason;
      void this.call.hangup();
    }, { once: true, signal: this.over });
  }

  /** A provisional response was asked for, and will be reliable if it may. */
  asked(request: RequestNumber, code: number): void {
    this.#waiting.asked(request, code);
  }

  /** What became of it is known. */
  settled(request: RequestNumber): void {
    this.#pending?.settled(request);
  }

  /** The error for a failed command; media errors come as they were. */
  failure(failure: Failure): SipError {
    return this.#mediaError?.code === failure.cause ? this.#mediaError : failureError(failure);
  }

  /** The PRACK that acknowledged this RSeq: it has just come, and is not kept. */
  prack(rseq: number): PrackEvent | undefined {
    const prack = this.#prack;
    this.#prack = undefined;
    return prack?.rseq === rseq ? prack : undefined;
  }

  /** Whether a 2xx was sent or received. */
  get isAnswered(): boolean {
    return this.#answeredAt !== undefined;
  }

  get state(): CallState {
    return this.#state;
  }

  get answered(): Promise<Answered> {
    if (this.#answer === undefined) {
      this.#answer = defer();
      void quiet(this.#answer.promise);
      this.#settle();
    }
    return this.#answer.promise;
  }

  get ended(): Promise<CallEnd> {
    if (this.#ending === undefined) {
      this.#ending = defer();
      this.#settle();
    }
    return this.#ending.promise;
  }

  /** Aborted when the call has ended. */
  get over(): AbortSignal {
    this.#over ??= new AbortController();
    if (this.#end !== undefined) this.#over.abort();
    return this.#over.signal;
  }

  get dialogs(): readonly CallDialog[] {
    return [...this.#dialogs];
  }

  /** The reliable provisional responses that wait for their PRACK. */
  get pendingReliable(): readonly PendingReliable[] {
    return this.#pending?.all ?? [];
  }

  get #waiting(): Pending {
    return (this.#pending ??= new Pending());
  }

  #tell(type: keyof CallEventMap, make: () => Event): void {
    tell(this.call, type, make);
  }

  #onProgress(event: Progress): void {
    const { dialog, rseq, status, kind } = event;
    // A re-INVITE rings in a dialog that is confirmed, and stays so.
    if (dialog !== undefined) this.#remember(dialog, this.isAnswered ? "confirmed" : "early", rseq);
    if (kind !== "none" && !this.isAnswered) this.#enter("early");
    else if (status === 180 && this.#state === "trying") this.#enter("ringing");
    this.#tell("progress", () => new CallProgressEvent(event, (options) => this.#acknowledge(event, options)));
  }

  #onPrack(init: PrackInit): void {
    const reply = new Reply();
    const event = new PrackEvent(init, (sdp) => { this.#answerOffer(init, reply, sdp); });
    this.#pending?.acknowledged(init.rseq);
    this.#prack = event;
    this.call.dispatchEvent(event);
    reply.close();
  }

  /** The core asks for it right behind the event. */
  #answerOffer({ offer }: PrackInit, reply: Reply, sdp: string | PromiseLike<string>): void {
    if (!offer) throw new SipError("invalid-state", "the PRACK carries no offer");
    reply.give(sdp);
    this.media.answerNext(sdp);
  }

  #onDialogEnded(dialog: number, status: number | undefined): void {
    this.#remember(dialog, "terminated");
    this.media.endDialog(dialog);
    this.#tell("dialogended", () => new DialogEndedEvent(dialog, status));
  }

  #onAccepted({ dialog: dialogId, status, headers }: Accepted): void {
    this.#answeredAt = Math.round(performance.now());
    this.#pending = undefined;
    this.#remember(dialogId, "confirmed");
    this.media.commit(dialogId);
    this.#enter("answered");
    this.#success = new Success(status, dialogId, headers);
    this.#settle();
    this.#tell("accepted", () => new AcceptedEvent(dialogId, status, headers));
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
    this.#end = end;
    this.#over?.abort();
    this.#pending = undefined;
    this.media.close();
    this.#enter("ended");
    this.#settle();
    if (!this.isAnswered) this.#tell("failed", () => new CallEndedEvent("failed", end));
    this.#tell("ended", () => new CallEndedEvent("ended", end));
  }

  /** Settles those of the promises that there are and that can be: they may be asked for late. */
  #settle(): void {
    if (this.#end !== undefined) this.#ending?.resolve(this.#end);
    if (this.#success !== undefined) this.#answer?.resolve(this.#success);
    else if (this.#end !== undefined) this.#answer?.reject(this.#errorOf(this.#end));
  }

  #acknowledge({ dialog, rseq }: Progress, options: PrackOptions): Promise<SipResponse> {
    const { contentType, offer = false } = options;
    const [body, headers] = [bodyOf(options.body), fieldsOf(options.headers)];
    if (dialog === undefined || rseq === undefined) {
      return quiet(Promise.reject(new Rel100Error("not-reliable", "the response was not sent reliably")));
    }
    const { call: { id: call }, link } = this;
    return quiet(link.request((request) => ({ prack: { call, dialog, rseq, request, body, contentType, offer, headers } }), RESPONSE));
  }

  #endOf({ by, status, cause, reason, answeredElsewhere, durationMs, retryAfter, contacts }: Ended): CallEnd {
    const rest = { status, answeredElsewhere, durationMs: durationMs === 0 ? this.#elapsed() : durationMs, retryAfter, contacts };
    const broken = by === "local" ? this.#broken : undefined;
    return broken === undefined ? { by, cause, reason, ...rest } : { by: "system", cause: broken.code, reason: broken.message, ...rest };
  }

  /** When the core can no longer say how long the call was. */
  #elapsed(): number {
    return this.#answeredAt === undefined ? 0 : Math.round(performance.now()) - this.#answeredAt;
  }

  #errorOf({ cause, status, reason, retryAfter }: CallEnd): SipError {
    if (this.#mediaError?.code === cause) return this.#mediaError;
    const behind = this.#abortReason === undefined ? {} : { cause: this.#abortReason };
    return new SipError(cause, failureMessage(cause, status, reason), { status, reasonPhrase: reason, retryAfter, ...behind });
  }

  #remember(id: number, state: DialogState, rseq?: number): void {
    const before = this.#dialogs.find((dialog) => dialog.id === id);
    const dialog = { id, state, rseq: rseq ?? before?.rseq };
    this.#dialogs = before === undefined ? this.#dialogs.concat([dialog]) : this.#dialogs.map((one) => (one === before ? dialog : one));
  }

  #enter(state: CallState): void {
    if (state === this.#state) return;
    const previous = this.#state;
    this.#state = state;
    this.#tell("statechange", () => new StateChangeEvent(state, previous));
  }
}
