// The callee's end of a call: the provisional responses that were asked for and what became of
// them, and the answer that may have to wait for a PRACK. No DOM.

import type { Call, PendingReliable, ProgressOptions, SipError } from "prackle";
import type { Handshake } from "./handshakes.js";
import { refusal } from "./reasons.js";
import { SENDING, type Say } from "./voice.js";


/** What the callee does with one call. */
export class CalleeEnd {
  readonly call: Call;
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
    call.addEventListener("noprack", () => say("bad", { text: "32 s without a PRACK: the callee gives up and says 504.", rfc: SENDING }));
    call.addEventListener("cancel", () => say("", { text: "The caller has given up: nothing is repeated any more.", rfc: "RFC 3261 section 9.2" }));
    call.addEventListener("statechange", changed);
  }

  /** What waits for the PRACK of another response. */
  get queue(): readonly PendingReliable[] {
    return this.call.pendingReliable.slice(1);
  }

  /** Sends a provisional response, or has it wait. */
  progress(options: ProgressOptions): void {
    const { code = 180 } = options;
    this.call.progress(options)
      .then(({ rseq }) => this.#settled(code, rseq), (error: unknown) => this.#deny(`progress(${code})`, error as SipError))
      .finally(this.#changed);
    // A refusal is told first, by the promise.
    if (options.reliable !== false) setTimeout(() => this.#queued(code), 0);
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

  #queued(asked: number): void {
    const [last] = this.queue.slice(-1);
    if (last?.code === asked) this.#say("", { text: `The ${asked} waits in the queue: only one may be unacknowledged at a time.`, rfc: SENDING });
  }

  #settled(code: number, rseq: number | undefined): void {
    if (rseq === undefined) this.#say("", { text: `The ${code} has left. Nobody will say whether it arrives.`, rfc: "RFC 3262 section 1" });
    else this.#say("good", { text: `The callee knows: its ${code} has arrived.`, rfc: SENDING });
  }

  #deny(what: string, { code }: SipError): void {
    const why = refusal(code);
    this.#say("bad", { ...why, text: `${what}: ${why.text}` });
  }
}
