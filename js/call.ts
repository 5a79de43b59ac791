/** A call: the INVITE dialog usage (RFC 3261 sections 13 to 15) as the application sees it. */

import {
  AcceptedEvent, CallEndedEvent, CallProgressEvent, ConfirmedEvent, DialogEndedEvent, InfoEvent, MediaEvent,
  NoPrackEvent, PrackEvent, PrackFailedEvent, PrackResponseEvent, StateChangeEvent, UpdateEvent,
} from "./call-events.js";
import type { CallEnd, CallEventMap, CallState } from "./call-events.js";
import { CallMedia } from "./call-media.js";
import type { Link } from "./engine/link.js";
import type { MediaError } from "./errors.js";
import { SipError, failureError, failureMessage, progressError } from "./errors.js";
import { TONES, relayBody, sendTones } from "./media/dtmf.js";
import type { MediaContext, MediaHandler, MediaOptions } from "./media/handler.js";
import { levelsOf } from "./media/levels.js";
import type { Levels } from "./media/levels.js";
import { fieldsOf, numberIn } from "./options.js";
import type { AcceptOptions, DtmfOptions, HangupOptions, ProgressOptions, RejectOptions, RequestOptions } from "./options.js";
import { defer, quiet } from "./promises.js";
import type { CoreEvent, DialogState, Failure, Field, Party, PeerRel100, SipResponse } from "./protocol.js";
import { TypedEventTarget } from "./target.js";

/** @internal What happens to a call. */
export type CallEvent = Exclude<Extract<CoreEvent, { call: number }>, { type: "invite" }>;

type Ended = Extract<CoreEvent, { type: "ended" }>;
type Progress = Extract<CoreEvent, { type: "progress" }>;

/** @internal What a call is made of. */
export interface CallInit {
  readonly link: Link;
  readonly number: number;
  readonly direction: "incoming" | "outgoing";
  readonly from: Party;
  readonly to: Party;
  readonly headers: readonly Field[];
  readonly peerRel100: PeerRel100 | undefined;
  openMedia(context: MediaContext): MediaHandler;
  /** Gives away the way in for events, so that it is no part of the public face. */
  bind(receive: (event: CallEvent) => void): void;
}

/** One dialog of a call: an outgoing call has one for each fork that has answered provisionally. */
export interface CallDialog {
  /** The number that events carry as `dialogId`. */
  readonly id: number;
  /** `early`, `confirmed` or `terminated`. */
  readonly state: DialogState;
  /** The RSeq last acknowledged in it (RFC 3262 section 4). */
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

/** What {@link Call.progress} resolves with. */
export interface Acknowledged {
  /** The RSeq that was acknowledged; absent for an unreliable response. */
  readonly rseq: number | undefined;
  /** The PRACK that acknowledged it. */
  readonly prack: Pick<PrackEvent, "body" | "contentType" | "headers"> | undefined;
}

/**
 * A call. Made by {@link UserAgent.call}, or handed over by the `invite` event.
 *
 * @example
 * ```ts
 * const call = ua.call("sip:bob@example.com");
 * call.addEventListener("progress", ({ status }) => show(status === 180 ? "ringing" : "calling"));
 * try {
 *   await call.answered;
 * } catch (error) {
 *   show(error.code); // "busy", "no-answer", "media-denied" ...
 * }
 * const { cause, durationMs } = await call.ended;
 * ```
 */
export class Call extends TypedEventTarget<CallEventMap> {
  /** Unique within the user agent. */
  readonly id: number;
  /** Who called. */
  readonly direction: "incoming" | "outgoing";
  /** The caller. */
  readonly from: Party;
  /** The one who was called. */
  readonly to: Party;
  /** All header fields of an incoming INVITE, in order; empty for outgoing calls. */
  readonly headers: readonly Field[];
  /** What the caller says of `100rel` (incoming calls): `none`, `supported` or `required`. */
  readonly peerRel100: PeerRel100 | undefined;
  /**
   * The SIP outcome: resolves when a 2xx was received or sent, rejects with a {@link SipError}
   * (a {@link MediaError} when media was to blame) when the call ends without.
   */
  readonly answered: Promise<Answered>;
  /** The end, however it came. Never rejects. */
  readonly ended: Promise<CallEnd>;

  readonly #link: Link;
  readonly #media: CallMedia;
  readonly #answer = defer<Answered>();
  readonly #end = defer<CallEnd>();
  readonly #over = new AbortController();
  readonly #dialogs = new Map<number, CallDialog>();
  readonly #pracks = new Map<number, PrackEvent>();
  #mediaOptions: MediaOptions;
  #mediaError: MediaError | undefined;
  #aborted: unknown;
  #state: CallState = "trying";
  #before: CallState = "trying";
  #held = false;

  /** @internal */
  constructor(init: CallInit, options: { media?: MediaOptions; signal?: AbortSignal }, defaults: MediaOptions = {}) {
    super();
    this.id = init.number;
    this.direction = init.direction;
    this.from = init.from;
    this.to = init.to;
    this.headers = init.headers;
    this.peerRel100 = init.peerRel100;
    this.answered = quiet(this.#answer.promise);
    this.ended = this.#end.promise;
    this.#link = init.link;
    this.#mediaOptions = { ...defaults, ...options.media };
    this.#media = new CallMedia(init.link, () => init.openMedia(this.#mediaContext()), (error, fatal) => { this.#onMediaError(error, fatal); });
    init.bind((event) => { this.#receive(event); });
    options.signal?.addEventListener("abort", () => { this.#abort(options.signal?.reason); }, { once: true, signal: this.#over.signal });
  }

  /**
   * Answers an incoming call with 200. The microphone is opened now, unless early media did before.
   *
   * @returns when the 200 has left (it waits for the PRACK of a description: RFC 3262 section 5)
   * @throws SipError `cancelled`, `no-prack`, `invalid-state`; MediaError when there is no media: the call
   *   is rejected then
   */
  accept({ media, headers }: AcceptOptions = {}): Promise<void> {
    const fields = fieldsOf(headers);
    this.#chooseMedia(media);
    return this.#settle(() => this.#link.request((request) => ({ accept: { call: this.id, request, headers: fields } }), (failure) => this.#failure(failure)), () => undefined);
  }

  /**
   * Rejects an incoming call.
   *
   * @throws TypeError when the status is not in 300..699
   * @throws SipError `invalid-state` when it was answered
   */
  reject({ status, reason, headers }: RejectOptions = {}): void {
    const code = numberIn(status, 300, 699, "status");
    this.#link.command({ reject: { call: this.id, status: code, reason, headers: fieldsOf(headers) } });
  }

  /**
   * Ends the call in whatever state it is: CANCEL, BYE, or a rejection. Harmless when it is over.
   *
   * @returns the end, see {@link Call.ended}
   */
  hangup({ headers }: HangupOptions = {}): Promise<CallEnd> {
    const fields = fieldsOf(headers);
    if (this.#state === "ended") return this.ended;
    try {
      this.#link.command({ hangup: { call: this.id, headers: fields } });
    } catch (error) {
      // It ended on its own, which the application is about to learn; or the engine broke, which it knows.
      if (!(error instanceof SipError)) throw error;
    }
    return this.ended;
  }

  /**
   * Sends a provisional response to an incoming call (RFC 3262 section 3).
   *
   * @returns when it was acknowledged by a PRACK (reliable), or has left (unreliable)
   * @throws TypeError for wrong arguments, at once
   * @throws Rel100Error when it was refused (nothing was sent), or not acknowledged
   *
   * @example
   * ```ts
   * const { rseq } = await call.progress({ code: 183, reliable: true });
   * ```
   */
  progress(options: ProgressOptions = {}): Promise<Acknowledged> {
    const { code = 180, reason, reliable = "auto", sdp, queue, media } = options;
    numberIn(code, 0, 999, "code");
    const headers = fieldsOf(options.headers);
    this.#chooseMedia(media);
    const progress = { code, reason, reliable: reliable === "auto" ? undefined : reliable, sdp, queue, headers };
    return this.#settle(() => {
      const outcome = this.#link.request((request) => ({ progress: { call: this.id, request, progress } }), progressError);
      this.#onAlerting(code, sdp ?? code === 183);
      return outcome;
    }, ({ rseq }) => ({ rseq, prack: rseq === undefined ? undefined : this.#pracks.get(rseq) }));
  }

  /** Sends silence, until {@link Call.unmute}. The peer is not told. */
  mute(): void {
    this.#media.mute(true);
  }

  /** Ends {@link Call.mute}. */
  unmute(): void {
    this.#media.mute(false);
  }

  /**
   * Puts the peer on hold (RFC 3264 section 8.4): neither side hears the other.
   *
   * @throws SipError `invalid-state` before the call is confirmed, or how the re-INVITE failed
   */
  hold(): Promise<void> {
    return this.#setHold(true);
  }

  /** Ends {@link Call.hold}. */
  unhold(): Promise<void> {
    return this.#setHold(false);
  }

  /**
   * Sends tones.
   *
   * @param tones - of `0123456789*#ABCD`; a comma is a pause of two seconds (`rtp` only)
   * @returns when the last one is out
   * @throws TypeError for wrong arguments, at once; MediaError when the peer takes none in the audio stream
   */
  sendDtmf(tones: string, { transport = "rtp", duration = 100, gap = 70 }: DtmfOptions = {}): Promise<void> {
    if (!TONES.test(tones)) throw new TypeError("tones must be of 0-9, *, #, A-D");
    numberIn(duration, 40, 6000, "duration");
    numberIn(gap, 30, 6000, "gap");
    return transport === "info" ? this.#infoTones(tones, duration) : this.#rtpTones(tones, duration, gap);
  }

  /**
   * Sends INFO (RFC 6086) inside the call.
   *
   * @returns the final response, a 2xx
   * @throws SipError for any other outcome
   */
  async info({ body, contentType, headers }: Omit<RequestOptions, "signal">): Promise<SipResponse> {
    const options = { body, contentType, headers: fieldsOf(headers) };
    const { response } = await this.#link.request((request) => ({ info: { call: this.id, request, options } }));
    return response ?? { status: 200, reason: "OK", headers: [], body: undefined };
  }

  /** What the browser measures; nothing before there is a connection. */
  async stats(): Promise<RTCStatsReport | undefined> {
    return this.#media.handler?.peerConnection?.getStats();
  }

  /** How loud both sides are, 0..1; made to be asked some ten times a second. */
  levels(): Promise<Levels> {
    return levelsOf(this.#media.handler?.peerConnection);
  }

  /** What the call is doing. */
  get state(): CallState {
    return this.#state;
  }

  /** The other side. */
  get remote(): Party {
    return this.direction === "incoming" ? this.from : this.to;
  }

  /** Whether we send silence. */
  get muted(): boolean {
    return this.#media.muted;
  }

  /** Whether we have put the peer on hold. */
  get held(): boolean {
    return this.#held;
  }

  /** What we send, when it is known. */
  get localStream(): MediaStream | undefined {
    return this.#media.handler?.localStream;
  }

  /** What the peer sends, when it is known. */
  get remoteStream(): MediaStream | undefined {
    return this.#media.handler?.remoteStream;
  }

  /** The dialogs so far, in the order of their first response. */
  get dialogs(): readonly CallDialog[] {
    return Array.from(this.#dialogs.values());
  }

  #receive(event: CallEvent): void {
    switch (event.type) {
      case "describe":
        this.#media.describe(event);
        break;
      case "remote":
        this.#media.remote(event);
        break;
      case "rollback":
        this.#media.rollback(event.dialog);
        break;
      case "progress":
        this.#onProgress(event);
        break;
      case "prackResponse":
        this.dispatchEvent(new PrackResponseEvent(event.dialog, event.rseq, event.status));
        break;
      case "prackFailed":
        this.dispatchEvent(new PrackFailedEvent(event.dialog, event.rseq, failureError(event.failure)));
        break;
      case "prack":
        this.#onPrack(new PrackEvent(event));
        break;
      case "noPrack":
        this.dispatchEvent(new NoPrackEvent(event.rseq, event.invite, event.response, (status, reason) => {
          this.#link.command({ reject: { call: this.id, status, reason } });
        }));
        break;
      case "dialogEnded":
        this.#onDialogEnded(event.dialog, event.status);
        break;
      case "accepted":
        this.#onAccepted(new AcceptedEvent(event.dialog, event.status, event.headers));
        break;
      case "confirmed":
        this.#enter("confirmed");
        this.dispatchEvent(new ConfirmedEvent(event.dialog));
        break;
      case "updated":
        this.dispatchEvent(new UpdateEvent(event.byPeer, event.heldByPeer));
        break;
      case "info":
        this.dispatchEvent(new InfoEvent(event.body, event.contentType, event.headers));
        break;
      case "reconnecting":
        this.#onReconnecting(event.lost);
        break;
      case "ended":
        this.#onEnded(event);
        break;
    }
  }

  #onProgress(event: Progress): void {
    const { dialog, rseq, status } = event;
    if (dialog !== undefined) this.#dialogs.set(dialog, { id: dialog, state: "early", rseq: rseq ?? this.#dialogs.get(dialog)?.rseq });
    if (event.kind === "preview" || event.kind === "answer" || event.kind === "offer") this.#enter("early");
    else if (status === 180 && this.#state === "trying") this.#enter("ringing");
    this.dispatchEvent(new CallProgressEvent(event));
  }

  #onAlerting(code: number, described: boolean): void {
    if (this.#state !== "trying" && this.#state !== "ringing") return;
    if (described) this.#enter("early");
    else if (code === 180) this.#enter("ringing");
  }

  #onPrack(event: PrackEvent): void {
    this.#pracks.set(event.rseq, event);
    this.dispatchEvent(event);
  }

  #onDialogEnded(dialog: number, status: number | undefined): void {
    this.#dialogs.set(dialog, { id: dialog, state: "terminated", rseq: this.#dialogs.get(dialog)?.rseq });
    this.#media.endDialog(dialog);
    this.dispatchEvent(new DialogEndedEvent(dialog, status));
  }

  #onAccepted(event: AcceptedEvent): void {
    const { dialogId, status, headers } = event;
    this.#dialogs.set(dialogId, { id: dialogId, state: "confirmed", rseq: this.#dialogs.get(dialogId)?.rseq });
    this.#enter("answered");
    this.#answer.resolve({ status, headers, dialogId });
    this.dispatchEvent(event);
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
    const answered = event.durationMs > 0 || this.#state === "answered" || this.#state === "confirmed";
    this.#over.abort();
    this.#media.close();
    this.#enter("ended");
    this.#answer.reject(this.#errorOf(end));
    if (this.direction === "incoming" && end.cause === "cancelled" && end.by === "remote") this.dispatchEvent(new CallEndedEvent("cancel", end));
    if (!answered) this.dispatchEvent(new CallEndedEvent("failed", end));
    this.#end.resolve(end);
    this.dispatchEvent(new CallEndedEvent("ended", end));
  }

  /** A call that we hang up because its media broke ends by that, whatever the wire says. */
  #endOf({ by, status, cause, reason, answeredElsewhere, durationMs, retryAfter }: Ended): CallEnd {
    const broken = by === "local" ? this.#mediaError : undefined;
    return {
      by: broken === undefined ? by : "system",
      status,
      cause: broken?.code ?? cause,
      reason: broken?.message ?? reason,
      answeredElsewhere,
      durationMs,
      retryAfter,
    };
  }

  #errorOf({ cause, status, reason, retryAfter }: CallEnd): SipError {
    if (this.#mediaError?.code === cause) return this.#mediaError;
    const details = { status, reasonPhrase: reason, retryAfter };
    const behind = this.#aborted === undefined ? {} : { cause: this.#aborted };
    return new SipError(cause, failureMessage(cause, status, reason), { ...details, ...behind });
  }

  #failure(failure: Failure): SipError {
    return this.#mediaError?.code === failure.cause ? this.#mediaError : failureError(failure);
  }

  #enter(state: CallState): void {
    if (state === this.#state || this.#state === "ended") return;
    const previous = this.#state;
    this.#state = state;
    this.dispatchEvent(new StateChangeEvent(state, previous));
  }

  #mediaContext(): MediaContext {
    const options = (): MediaOptions => this.#mediaOptions;
    return {
      direction: this.direction,
      get options() {
        return options();
      },
      onRemoteStream: (stream) => {
        const early = this.#state !== "answered" && this.#state !== "confirmed";
        if (this.#state !== "ended") this.dispatchEvent(new MediaEvent(stream, early));
      },
      onFailure: (error) => { this.#onMediaError(error, true); },
    };
  }

  #onMediaError(error: MediaError, fatal: boolean): void {
    if (this.#state === "ended") return;
    this.#mediaError = error;
    if (fatal) void this.hangup();
  }

  #chooseMedia(media: MediaOptions | undefined): void {
    this.#mediaOptions = { ...this.#mediaOptions, ...media };
  }

  #abort(reason: unknown): void {
    this.#aborted = reason;
    void this.hangup();
  }

  async #setHold(held: boolean): Promise<void> {
    if (held === this.#held) return;
    this.#media.hold(held);
    try {
      await this.#link.request((request) => ({ renegotiate: { call: this.id, request } }));
      this.#held = held;
    } catch (error) {
      this.#media.hold(this.#held);
      throw error;
    }
  }

  async #rtpTones(tones: string, duration: number, gap: number): Promise<void> {
    const connection = this.#media.handler?.peerConnection;
    if (connection === undefined) throw new SipError("invalid-state", "there is no audio yet");
    await sendTones(connection, tones, duration, gap, this.#over.signal);
  }

  async #infoTones(tones: string, duration: number): Promise<void> {
    for (const tone of tones.replaceAll(",", "")) {
      await this.info({ body: relayBody(tone, duration), contentType: "application/dtmf-relay" });
    }
  }

  /** A refusal for the state of things rejects; a wrong argument is thrown at once. */
  #settle<Outcome, Value>(ask: () => Promise<Outcome>, read: (outcome: Outcome) => Value): Promise<Value> {
    try {
      return quiet(ask().then(read));
    } catch (error) {
      if (error instanceof TypeError) throw error;
      return quiet(Promise.reject(error as Error));
    }
  }
}
