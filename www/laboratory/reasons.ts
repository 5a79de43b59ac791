// Why something was refused, ended or ignored: one plain sentence for each name that the API or
// the wire gives, and where it is written. No DOM.

import type { Cause, Rel100Code } from "prackle";

/** A sentence, and the place in the RFC. */
export interface Reason {
  text: string;
  /** "RFC 3262 section 3"; nothing where the choice is ours. */
  rfc?: string;
}

const S3 = "RFC 3262 section 3";
const S4 = "RFC 3262 section 4";
const S5 = "RFC 3262 section 5";

/** Why `progress()`, `accept()` or `prack()` came to nothing, by the code of the error. */
const REFUSALS: Readonly<Record<Rel100Code | "invalid-state", Reason>> = {
  "not-provisional": { text: "Only 101 to 199 can be reliable: 100 is for the next hop alone, and from 200 on there is ACK.", rfc: S3 },
  "not-invite": { text: "Only responses to INVITE can be reliable.", rfc: S3 },
  "peer-unsupported": { text: "The caller does not say that it understands 100rel: a reliable response would never be acknowledged.", rfc: S3 },
  "disabled": { text: "The callee's own policy is none: it sends nothing reliably.", rfc: S3 },
  "required": { text: "The caller requires 100rel: every response but 100 has to be reliable.", rfc: S3 },
  "outstanding": { text: "An earlier response still waits for its PRACK, only one may, and this one was not to queue.", rfc: S3 },
  "queue-full": { text: "Eight responses wait already. Nothing was sent." },
  "offer-missing": { text: "The INVITE came without an offer: the first reliable response has to carry one.", rfc: S5 },
  "final-sent": { text: "The INVITE has its final response: nothing provisional may follow.", rfc: S3 },
  "superseded": { text: "The answer came first: this response is neither sent nor repeated any more.", rfc: S3 },
  "cancelled": { text: "The caller has given up: there is nothing left to answer.", rfc: "RFC 3261 section 9.2" },
  "no-prack": { text: "Nobody has acknowledged it for 32 s, which is 64 times T1.", rfc: S3 },
  "rseq-exhausted": { text: "RSeq has reached 4294967295, and must not begin again.", rfc: S3 },
  "already-sent": { text: "The PRACK for this response has left already.", rfc: S4 },
  "not-reliable": { text: "The response was not sent reliably: there is nothing to acknowledge.", rfc: S4 },
  "offer-not-allowed": { text: "Only the PRACK for the response that carried the answer may carry an offer.", rfc: "RFC 6337 section 2.2" },
  "invalid-state": { text: "The call is not in a state for that." },
};

/** Why a call ended without an answer, by its cause. */
const ENDS: Readonly<Partial<Record<Cause, Reason>>> = {
  "bad-extension": { text: "The caller requires 100rel, and the callee does not understand it: 420, with its name in Unsupported.", rfc: "RFC 3261 section 8.2.2.3" },
  "extension-required": { text: "The callee insists on 100rel, and the caller does not offer it: 421, with its name in Require.", rfc: "RFC 3261 section 21.4.16" },
  "no-prack": { text: "No PRACK for 32 s: the callee must assume that the caller hears nothing, and refuses the call.", rfc: S3 },
  "prack-failed": { text: "A PRACK that carried a session description was refused: the two sides no longer agree on their media.", rfc: S5 },
  "cancelled": { text: "The caller has given up, and the callee has said 487.", rfc: "RFC 3261 section 9.2" },
  "busy": { text: "The callee has declined. A refusal waits for no PRACK.", rfc: S3 },
  "server-error": { text: "Nobody acknowledged the callee's response, so the call is refused with 504.", rfc: S3 },
  "timeout": { text: "No answer in time: the transaction has ended.", rfc: "RFC 3261 section 17.1" },
  "flood": { text: "Far more responses than any callee needs: the call is given up." },
};

/** Why a PRACK was refused, by the status of the response. */
const PRACK_ANSWERS: Readonly<Record<number, Reason>> = {
  400: { text: "RAck cannot be read, so it acknowledges nothing.", rfc: "RFC 3261 section 21.4.1" },
  407: { text: "The proxy wants to know who acknowledges: the caller repeats the PRACK with credentials, in a new transaction.", rfc: "RFC 3261 section 22.3" },
  481: { text: "The callee knows of no such response that waits. The caller leaves it at that: the INVITE itself will tell.", rfc: S3 },
  500: { text: "The PRACK was not taken. The next copy of the response makes the caller try once more." },
};

/** What was odd, by the code of a diagnostic event. */
const ODDITIES: Readonly<Record<string, Reason>> = {
  "rseq-gap": { text: "RSeq is not the next number: something is missing before it, so it is not acknowledged. Its sender will repeat.", rfc: S4 },
  "stray-prack": { text: "Dialog, RSeq, CSeq and method must all be those of a response that waits. They are not: 481, and the copies go on.", rfc: S3 },
  "bad-rseq": { text: "RSeq is no number from 1 to 4294967295: the response cannot be acknowledged.", rfc: "RFC 3262 section 7.1" },
  "unsolicited-100rel": { text: "Sent reliably to a caller that never offered it: shown, but not acknowledged.", rfc: S3 },
  "unreliable-despite-require": { text: "The caller requires reliable responses, and this one is not: shown all the same.", rfc: S3 },
  "no-contact": { text: "It has no Contact: there is nobody to send a PRACK to.", rfc: S4 },
  "offer-missing": { text: "The INVITE had no offer, and this first reliable response has none either.", rfc: S5 },
  "offer-unanswered": { text: "The offer in the PRACK was not answered: the session stays as it was.", rfc: S5 },
  "answer-changed": { text: "The answer differs from the early one: the early one stays in force.", rfc: "RFC 6337 section 3.1.1" },
  "too-many-dialogs": { text: "Sixteen early dialogs are enough: this one is not acknowledged." },
};

/** Why a command was refused. */
export function refusal(code: string): Reason {
  return (REFUSALS as Readonly<Record<string, Reason>>)[code] ?? { text: `Refused: ${code}.` };
}

/** Why the call ended; nothing where there is nothing to explain. */
export function ending(cause: Cause): Reason | undefined {
  return ENDS[cause];
}

/** Why a PRACK got this response; nothing for a 2xx. */
export function prackAnswer(status: number | undefined): Reason | undefined {
  if (status === undefined) return { text: "Nobody has answered the PRACK for 32 s.", rfc: "RFC 3261 section 17.1.2.2" };
  if (status < 300) return undefined;
  return PRACK_ANSWERS[status] ?? { text: `The PRACK was refused with ${status}.`, rfc: S3 };
}

/** What is odd about a message; nothing for what does not concern reliable responses. */
export function oddity(code: string): Reason | undefined {
  return ODDITIES[code];
}

/** The address of a section that is named like "RFC 3262 section 3". */
export function addressOf(rfc: string): string | undefined {
  const [, number, section] = /^RFC (\d+) section ([\d.]+)$/.exec(rfc) ?? [];
  return number && `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`;
}
