/** A call: the INVITE dialog usage (RFC 3261 sections 13 to 15) as the application sees it. */

import { Course } from "./call-course.js";
import type { Answered, CallDialog } from "./call-course.js";
import type { CallEnd, CallEventMap, CallState } from "./call-events.js";
import type { CallMedia, MediaMaker } from "./call-media.js";
import { DONE, RESPONSE } from "./engine/link.js";
import type { Link } from "./engine/link.js";
import { SipError, failureError, progressError } from "./errors.js";
import { fieldsIn } from "./fields.js";
import type { SipResponse } from "./fields.js";
import { TONES, relayBody, sendTones } from "./media/dtmf.js";
import type { MediaOptions } from "./media/handler.js";
import type { Levels } from "./media/levels.js";
import { fieldsOf, numberIn } from "./options.js";
import type {
  AcceptOptions, DtmfOptions, HangupOptions, ProgressOptions, RejectOptions, RequestOptions, UpdateOptions,
} from "./options.js";
import type { PendingReliable } from "./pending.js";
import type { PrackEvent } from "./progress-events.js";
import { quiet } from "./promises.js";
import type { Command, Failure, Field, Party, PeerRel100 } from "./protocol.js";
import { TypedEventTarget } from "./target.js";

/** @internal What a call is made of. */
export interface CallInit {
  readonly link: Link;
  readonly number: number;
  readonly direction: "incoming" | "outgoing";
  readonly from: Party;
  readonly to: Party;
  readonly headers: string;
  readonly peerRel100: PeerRel100 | undefined;
}

/** @internal The way in for events, which is no part of the public face. */
export let courseOf: (call: Call) => Course;

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
  static {
    courseOf = (call) => call.#course;
  }

  /** Unique within the user agent. */
  readonly id: number;
  /** Who called. */
  readonly direction: "incoming" | "outgoing";
  /** The caller. */
  readonly from: Party;
  /** The one who was called. */
  readonly to: Party;
  /** What the caller says of `100rel` (incoming calls): `none`, `supported` or `required`. */
  readonly peerRel100: PeerRel100 | undefined;

  readonly #headers: string;
  readonly #course: Course;
  #held = false;

  /** @internal */
  constructor({ link, number, direction, from, to, headers, peerRel100 }: CallInit, media: MediaOptions, maker: MediaMaker) {
    super();
    this.id = number;
    this.direction = direction;
    this.from = from;
    this.to = to;
    this.#headers = headers;
    this.peerRel100 = peerRel100;
    this.#course = new Course(this, link, media, maker);
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
    this.#media.choose(media);
    return quiet(this.#link.request((request) => ({ accept: { call: this.id, request, headers: fields } }), {
      ...DONE,
      toError: (failure) => this.#course.failure(failure),
    }));
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
    if (this.state === "ended") return this.ended;
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
    this.#media.choose(media);
    const course = this.#course;
    const progress = { code, reason, reliable: reliable === "auto" ? undefined : reliable, sdp, queue, headers };
    return quiet(this.#link.request((request) => ({ progress: { call: this.id, request, progress } }), {
      sent: (request) => {
        if (reliable !== false) course.asked(request, code);
        course.alerting(code, sdp ?? code === 183);
      },
      toValue: ({ request, rseq }) => {
        course.settled(request);
        return { rseq, prack: rseq === undefined ? undefined : course.prack(rseq) };
      },
      toError: (failure, request) => {
        course.settled(request);
        return progressError(failure);
      },
    }));
  }

  /**
   * Sends UPDATE (RFC 3311): offers the session anew, also before the call is answered, or says only
   * where we are to be reached. An offer waits until it is allowed: until the present exchange of
   * offer and answer is complete, and every PRACK for a description has its response.
   *
   * @returns the final response, a 2xx
   * @throws TypeError for wrong arguments, at once
   * @throws SipError `oa-pending` (`queue` is false); `method-not-allowed`: the peer does not take
   *   UPDATE; `invalid-state`; `dialog-ended`; or how it failed, and then the session is as it was
   *
   * @example
   * ```ts
   * await call.update({ media: { video: true } });
   * ```
   */
  update({ offer = true, queue = true, headers, dialog, media }: UpdateOptions = {}): Promise<SipResponse> {
    const fields = fieldsOf(headers);
    numberIn(dialog, 0, 0xffff_ffff, "dialog");
    this.#media.choose(media);
    const make = (request: number): Command => ({ update: { call: this.id, dialog, request, offer, queue, headers: fields } });
    return quiet(this.#link.request(make, RESPONSE));
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
   * Puts the peer on hold (RFC 3264 section 8.4): neither side hears the other. By a re-INVITE, or by
   * an UPDATE before the call is answered.
   *
   * @throws SipError `invalid-state` while there is no session, or how the re-INVITE or UPDATE failed
   */
  hold(): Promise<void> {
    return quiet(this.#setHold(true));
  }

  /** Ends {@link Call.hold}. */
  unhold(): Promise<void> {
    return quiet(this.#setHold(false));
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
    return quiet(transport === "info" ? this.#infoTones(tones, duration) : this.#rtpTones(tones, duration, gap));
  }

  /**
   * Sends INFO (RFC 6086) inside the call.
   *
   * @returns the final response, a 2xx
   * @throws SipError for any other outcome
   */
  info({ body, contentType, headers }: Omit<RequestOptions, "signal">): Promise<SipResponse> {
    const options = { body, contentType, headers: fieldsOf(headers) };
    return quiet(this.#link.request((request) => ({ info: { call: this.id, request, options } }), RESPONSE));
  }

  /** What the browser measures; nothing before there is a connection. */
  async stats(): Promise<RTCStatsReport | undefined> {
    return this.#media.handler?.peerConnection?.getStats();
  }

  /**
   * How loud both sides are, 0..1; made to be asked some ten times a second. Browsers measure what
   * the peer sends only while some element plays {@link Call.remoteStream}.
   */
  levels(): Promise<Levels> {
    return this.#media.levels();
  }

  /**
   * The SIP outcome: resolves when a 2xx was received or sent, rejects with a {@link SipError}
   * (a {@link MediaError} when media was to blame) when the call ends without.
   */
  get answered(): Promise<Answered> {
    return this.#course.answered;
  }

  /** The end, however it came. Never rejects. */
  get ended(): Promise<CallEnd> {
    return this.#course.ended;
  }

  /** What the call is doing. */
  get state(): CallState {
    return this.#course.state;
  }

  /** All header fields of an incoming INVITE, or of a further callee's 2xx, in order; else none. */
  get headers(): readonly Field[] {
    return fieldsIn(this.#headers);
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

  /**
   * The reliable provisional responses that wait (incoming calls): the one that is not acknowledged
   * yet (RFC 3262 section 3 allows one), then those behind it, which have no `rseq` yet.
   */
  get pendingReliable(): readonly PendingReliable[] {
    return this.#course.pendingReliable;
  }

  /** The dialogs so far, in the order of their first response. */
  get dialogs(): readonly CallDialog[] {
    return this.#course.dialogs;
  }

  get #link(): Link {
    return this.#course.link;
  }

  get #media(): CallMedia {
    return this.#course.media;
  }

  async #setHold(held: boolean): Promise<void> {
    if (held === this.#held) return;
    this.#media.hold(held);
    const revert = (): void => { this.#media.hold(this.#held); };
    // At once: in the same turn the core may ask for the session as it was (RFC 6141 section 3.4).
    const toError = (failure: Failure): Error => {
      revert();
      return failureError(failure);
    };
    const make = (request: number): Command => (this.#course.isAnswered
      ? { renegotiate: { call: this.id, request } }
      : { update: { call: this.id, dialog: undefined, request, offer: true, queue: true, headers: [] } });
    try {
      await this.#link.request(make, { ...DONE, toError });
      this.#held = held;
    } catch (error) {
      revert();
      throw error;
    }
  }

  async #rtpTones(tones: string, duration: number, gap: number): Promise<void> {
    const connection = this.#media.handler?.peerConnection;
    if (connection === undefined) throw new SipError("invalid-state", "there is no audio yet");
    await sendTones(connection, tones, duration, gap, this.#course.over);
  }

  async #infoTones(tones: string, duration: number): Promise<void> {
    for (const tone of tones.replaceAll(",", "")) {
      await this.info({ body: relayBody(tone, duration), contentType: "application/dtmf-relay" });
    }
  }
}
