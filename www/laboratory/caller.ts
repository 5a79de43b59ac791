// The caller's end of a call: what it makes of what it hears, and the PRACKs that are left to the
// application. No DOM.

import type { Call, CallProgressEvent, SipError } from "prackle";
import type { Handshake } from "./handshakes.js";
import { type Reason, ending, prackAnswer, refusal } from "./reasons.js";
import type { LabSettings } from "./settings.js";
import type { Say } from "./voice.js";
import type { MessageRow } from "./wire-model.js";

/** What the caller does with one call. */
export class CallerEnd {
  readonly call: Call;
  /** The responses whose PRACK the application is to send, in order. */
  readonly waiting: CallProgressEvent[] = [];
  #settings: LabSettings;
  #say: Say;
  #changed: () => void;
  /** Responses whose repetition was explained. */
  #explained = new Set<number>();

  constructor(call: Call, settings: LabSettings, say: Say, changed: () => void) {
    this.call = call;
    this.#settings = settings;
    this.#say = say;
    this.#changed = changed;
    this.#listen();
  }

  /** Sends the PRACK that waits longest, with an offer of its own on request. */
  prack(offer: boolean): void {
    this.waiting[0]?.prack({ offer }).catch((error: unknown) => this.#denied(error as SipError));
  }

  /** A message has left the caller: nobody has to send its PRACK any more. */
  left({ glance: { rack } }: MessageRow): void {
    const at = this.waiting.findIndex(({ rseq }) => String(rseq) === rack?.[0]);
    if (at >= 0) this.waiting.splice(at, 1);
  }

  /** Says what the caller makes of a message that has come. */
  heard({ glance: { method, status, rseq } }: MessageRow, handshake: Handshake | undefined): void {
    if (method === "PRACK") this.#explain(prackAnswer(status ?? 200));
    else if (status === 420 || status === 421) this.#fallBack(status);
    else if (rseq !== undefined && handshake) this.#heardAgain(handshake);
  }

  #listen(): void {
    const { call } = this;
    call.addEventListener("progress", (event) => {
      if (event.awaitsPrack) this.waiting.push(event);
      this.#changed();
    });
    call.addEventListener("prackauto", () => {
      this.#say("", { text: "The application has waited for 20 s (prackDeadline): the PRACK has left by itself." });
    });
    call.addEventListener("offerrejected", ({ status }) => {
      this.#say("bad", { text: `The offer in the PRACK was refused with ${status}: the session stays as it was, and the PRACK goes once more without it.`, rfc: "RFC 6337 section 2.3" });
    });
    call.addEventListener("prackfailed", ({ code }) => {
      if (code === undefined) this.#explain(prackAnswer(code)); // a response explains itself
    });
    call.addEventListener("failed", ({ cause, status }) => {
      this.#explain(ending(cause) ?? { text: `The call has failed: ${[status, cause].filter(Boolean).join(", ")}.` });
    });
    call.addEventListener("ended", () => {
      this.waiting.length = 0;
    });
    call.addEventListener("statechange", this.#changed);
  }

  /** A refusal of the command; that the PRACK failed explains itself. */
  #denied({ code, status }: SipError): void {
    if (status !== undefined) return;
    const why = refusal(code);
    this.#say("bad", { ...why, text: `prack(): ${why.text}` });
  }

  #fallBack(status: number): void {
    if (!this.#settings.fallback) return;
    const how = status === 420 ? "without 100rel" : "with 100rel";
    this.#say("", { text: `The caller may try once more, and does: the same call, ${how}.`, rfc: "RFC 3261 section 8.1.3.5" });
  }

  /** Says once why the caller does nothing about what it has heard before. */
  #heardAgain({ id, status, pracked, heard }: Handshake): void {
    if (heard < 2 || this.#explained.has(id)) return;
    this.#explained.add(id);
    const why = pracked ? "the caller acknowledges each number once, and keeps silent" : "it is taken once, and the PRACK is still to be sent";
    this.#say("", { text: `The same ${status} again: ${why}.`, rfc: "RFC 3262 section 4" });
  }

  #explain(why: Reason | undefined): void {
    if (why) this.#say("bad", why);
  }
}
