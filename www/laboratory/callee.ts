// The callee's end of a call: the provisional responses that were asked for and what became of
// them, and the answer that may have to wait for a PRACK. No DOM.

import type { Call, ProgressOptions, Rel100Error, SipError } from "prackle";
import type { Handshake } from "./handshakes.js";
import { refusal } from "./reasons.js";
import { SENDING, type Say } from "./voice.js";
import type { MessageRow } from "./wire-model.js";

/** A provisional response that the callee was asked to send. */
export interface Asked {
  code: number;
  state: "waiting" | "sent" | "done";
}

/** What the callee does with one call. */
export class CalleeEnd {
  readonly call: Call;
  /** The call was taken, and 200 has not left. */
  isAnswering = false;
  #asked: Asked[] = [];
  #say: Say;
  #outstanding: () => Handshake | undefined;
  #changed: () => void;

  constructor(call: Call, outstanding: () => Handshake | undefined, say: Say, changed: () => void) {
    this.call = call;
    this.#outstanding = outstanding;
    this.#say = say;
    this.#changed = changed;
    call.addEventListener("noprack", () => say("bad", { text: "32 s without a PRACK: the callee gives up and says 504.", rfc: SENDING }));
    call.addEventListener("cancel", () => say("", { text: "The caller has given up: nothing is repeated any more.", rfc: "RFC 3261 section 9.2" }));
    call.addEventListener("statechange", changed);
  }

  /** What waits for the PRACK of another response. */
  get queue(): Asked[] {
    return this.#asked.filter(({ state }) => state === "waiting");
  }

  /** Sends a provisional response, or has it wait. */
  progress(options: ProgressOptions): void {
    const isBehind = options.reliable !== false && this.#asked.some(({ state }) => state !== "done");
    const asked: Asked = { code: options.code ?? 180, state: "waiting" };
    this.#asked.push(asked);
    this.call.progress(options).then(
      ({ rseq }) => this.#settled(asked, rseq),
      (error: unknown) => this.#refused(asked, error as Rel100Error),
    );
    // A refusal is told first, by the promise.
    if (isBehind) setTimeout(() => this.#queued(asked), 0);
    this.#changed();
  }

  /** Takes the call. */
  accept(): void {
    const before = this.#outstanding();
    this.isAnswering = true;
    if (before?.sdp) this.#say("", { text: `The call is taken, but 200 has to wait: the description in the ${before.status} is not acknowledged yet.`, rfc: SENDING });
    this.call.accept().catch((error: unknown) => this.#deny("accept()", error as SipError))
      .finally(() => {
        this.isAnswering = false;
        this.#changed();
      });
    this.#changed();
  }

  /** A response has left the callee. */
  left({ glance, copy }: MessageRow): void {
    if (glance.method !== "INVITE" || copy !== 1) return;
    const asked = this.queue.find(({ code }) => code === glance.status);
    if (asked) asked.state = "sent";
  }

  #queued({ code, state }: Asked): void {
    if (state === "waiting") this.#say("", { text: `The ${code} waits in the queue: only one may be unacknowledged at a time.`, rfc: SENDING });
  }

  #settled(asked: Asked, rseq: number | undefined): void {
    asked.state = "done";
    if (rseq === undefined) this.#say("", { text: `The ${asked.code} has left. Nobody will say whether it arrives.`, rfc: "RFC 3262 section 1" });
    else this.#say("good", { text: `The callee knows: its ${asked.code} has arrived.`, rfc: SENDING });
    this.#changed();
  }

  #refused(asked: Asked, error: Rel100Error): void {
    asked.state = "done";
    this.#deny(`progress(${asked.code})`, error);
    this.#changed();
  }

  #deny(what: string, { code }: SipError): void {
    const why = refusal(code);
    this.#say("bad", { ...why, text: `${what}: ${why.text}` });
  }
}
