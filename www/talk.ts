// One call, as the phone shows it.

import { type Call, type CallEnd, type CallState, SipError } from "prackle";
import { shortUri } from "./sip-text.js";

/** What a phone does with a call at the moment. */
export type Phase = "incoming" | "answering" | "calling" | "ringing" | "early" | "talking" | "reconnecting" | "ending";

/** The events of a call, for the log: the names that the API documents. */
const EVENTS = [
  "statechange", "progress", "prackresponse", "prackfailed", "prackauto", "offerrejected", "prack", "noprack", "dialogended",
  "accepted", "confirmed", "noack", "media", "update", "reinvite", "renegotiated", "info", "cancel", "failed", "ended",
] as const;

/** Who is told what happens in a call. */
export interface TalkWatch {
  changed(): void;
  event(event: Event): void;
  ended(end: CallEnd): void;
}

/** A call and what has been seen of it. */
export class Talk {
  readonly call: Call;
  /** The far end: its name, and its address. */
  readonly peer: string;
  readonly uri: string;
  readonly incoming: boolean;
  /** When it was answered, on the clock of `Date.now()`. */
  answeredAt: number | undefined;
  /** What the last provisional response said, beyond ringing. */
  note = "";
  remote: MediaStream | undefined;
  #isAnswering = false;
  #isLeaving = false;

  constructor(call: Call, watch: TalkWatch) {
    this.call = call;
    this.incoming = call.direction === "incoming";
    this.uri = call.remote.uri;
    this.peer = call.remote.displayName ?? shortUri(this.uri);
    this.#listen(watch);
  }

  get phase(): Phase {
    if (this.#isLeaving) return "ending";
    return this.incoming ? this.#incomingPhase(this.call.state) : phaseOf(this.call.state);
  }

  get muted(): boolean {
    return this.call.muted;
  }

  /** What the microphone hears. */
  get local(): MediaStream | undefined {
    return this.call.localStream;
  }

  /** The browser may ask for the microphone first. */
  answer(): void {
    this.#isAnswering = true;
    this.call.accept({ media: { audio: true } }).catch(() => undefined); // told by `ended`
  }

  /** 603 is meant for all phones of this user (RFC 3261 section 21.6.2). */
  reject(): void {
    this.#isLeaving = true;
    refuse(this.call, 603);
  }

  hangup(): void {
    this.#isLeaving = true;
    void this.call.hangup();
  }

  toggleMute(): void {
    if (this.call.muted) this.call.unmute();
    else this.call.mute();
  }

  /** Sends DTMF (RFC 4733). */
  digit(digit: string): void {
    if (this.phase === "talking") this.call.sendDtmf(digit).catch(() => undefined); // the call ended first
  }

  #incomingPhase(state: CallState): Phase {
    const isWaiting = state === "trying" || state === "ringing" || state === "early";
    if (!isWaiting) return phaseOf(state);
    return this.#isAnswering ? "answering" : "incoming";
  }

  #listen(watch: TalkWatch): void {
    for (const type of EVENTS) this.call.addEventListener(type, (event: Event) => watch.event(event));
    this.call.addEventListener("progress", ({ status, reason }) => {
      this.note = status === 180 || status === 183 ? "" : `${status} ${reason}`;
      watch.changed();
    });
    this.call.addEventListener("accepted", () => {
      this.answeredAt = Date.now();
    });
    this.call.addEventListener("media", ({ stream }) => {
      this.remote = stream;
      watch.changed();
    });
    this.call.addEventListener("statechange", () => watch.changed());
    void this.call.ended.then((end) => watch.ended(end));
  }
}

/** Rejects a call, unless it is over already and the event that tells so is still on its way. */
export function refuse(call: Call, status: number): void {
  try {
    call.reject({ status });
  } catch (error) {
    if (!(error instanceof SipError)) throw error;
  }
}

function phaseOf(state: CallState): Phase {
  switch (state) {
    case "trying":
      return "calling";
    case "answered":
    case "confirmed":
      return "talking";
    case "ended":
      return "ending";
    case "ringing":
    case "early":
    case "reconnecting":
      return state;
  }
}
