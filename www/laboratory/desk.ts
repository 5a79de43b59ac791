// The callee's desk: the provisional responses that were asked for and what became of them, and
// the answer that may have to wait for a PRACK. No DOM.

import type { Call, ProgressOptions, Rel100Error, SipError } from "prackle";
import type { Handshake } from "./handshakes.js";
import { refusal } from "./reasons.js";
import type { MessageRow, NoteRow } from "./wire-model.js";

/** A provisional response that the callee was asked to send. */
export interface Asked {
  id: number;
  code: number;
  state: "waiting" | "sent" | "acknowledged" | "unreliable" | "refused";
}

type Say = (tone: NoteRow["tone"], text: string, rfc?: string) => void;

const ONE_AT_A_TIME = "RFC 3262 section 3";

/** What the callee does with one call. */
export class Desk {
  readonly call: Call;
  readonly asked: Asked[] = [];
  /** The call was taken, and 200 has not left. */
  isAnswering = false;
  #say: Say;
  #outstanding: () => Handshake | undefined;
  #changed: () => void;

  constructor(call: Call, outstanding: () => Handshake | undefined, say: Say, changed: () => void) {
    this.call = call;
    this.#outstanding = outstanding;
    this.#say = say;
    this.#changed = changed;
  }

  /** What waits for the PRACK of another response. */
  get queue(): Asked[] {
    return this.asked.filter(({ state }) => state === "waiting");
  }

  /** Sends a provisional response, or has it wait. */
  progress(options: ProgressOptions): void {
    const isBehind = options.reliable !== false && this.asked.some(({ state }) => state === "waiting" || state === "sent");
    const asked: Asked = { id: this.asked.length + 1, code: options.code ?? 180, state: "waiting" };
    this.asked.push(asked);
    const outcome = this.call.progress(options);
    outcome.then(
      ({ rseq }) => this.#done(asked, rseq),
      (error: unknown) => this.#refused(asked, error as Rel100Error),
    );
    // A refusal is told first, by the promise.
    setTimeout(() => this.#queued(asked, isBehind), 0);
    this.#changed();
  }

  /** Takes the call. */
  accept(): void {
    const before = this.#outstanding();
    this.isAnswering = true;
    if (before?.sdp) this.#say("", `The call is taken, but 200 has to wait: the description in the ${before.status} is not acknowledged yet.`, ONE_AT_A_TIME);
    this.call.accept().catch((error: unknown) => this.#notTaken(error as SipError))
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

  #queued(asked: Asked, isBehind: boolean): void {
    if (isBehind && asked.state === "waiting") this.#say("", `The ${asked.code} waits in the queue: only one may be unacknowledged at a time.`, ONE_AT_A_TIME);
  }

  #done(asked: Asked, rseq: number | undefined): void {
    asked.state = rseq === undefined ? "unreliable" : "acknowledged";
    if (rseq === undefined) this.#say("", `The ${asked.code} has left. Nobody will say whether it arrives.`, "RFC 3262 section 1");
    else this.#say("good", `The callee knows: its ${asked.code} has arrived.`, ONE_AT_A_TIME);
    this.#changed();
  }

  #notTaken({ code }: SipError): void {
    const { text, rfc } = refusal(code);
    this.#say("bad", `accept(): ${text}`, rfc);
  }

  #refused(asked: Asked, { code }: Rel100Error): void {
    asked.state = "refused";
    const { text, rfc } = refusal(code);
    this.#say("bad", `progress(${asked.code}): ${text}`, rfc);
    this.#changed();
  }
}
