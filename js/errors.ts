/**
 * The errors of the package. Wrong arguments are `TypeError`s and thrown at once; everything that
 * happens afterwards is a {@link SipError} with a stable `code`.
 */

import type { Cause, Failure, Refusal, RefusalCode } from "./protocol.js";

/**
 * The stable name of a failure: why a call or request came to nothing (`Cause`), why a command was
 * refused (`RefusalCode`), `load-failed` when the WebAssembly file could not be had, or `not-loaded`
 * when it is needed at once and nobody has waited for {@link load}.
 */
export type SipErrorCode = Cause | Exclude<RefusalCode, `invalid-${"uri" | "header" | "method" | "argument"}`> | "load-failed" | "not-loaded";

/** What a {@link SipError} may know besides its code. */
export interface SipErrorDetails {
  /** The status of the response that caused it, 300..699. */
  readonly status?: number | undefined;
  /** That response's reason phrase. */
  readonly reasonPhrase?: string | undefined;
  /** From Retry-After (RFC 3261 section 20.33), in seconds. */
  readonly retryAfter?: number | undefined;
  /** The error behind it, when there is one. */
  readonly cause?: unknown;
}

/**
 * A failure that a response, the lack of one, or the present state caused.
 *
 * @example
 * ```ts
 * try {
 *   await ua.register();
 * } catch (error) {
 *   if (error instanceof SipError && error.code === "unauthorized") askForPassword();
 * }
 * ```
 */
export class SipError extends Error {
  /** `SipError`, or the name of the class derived from it. */
  override readonly name: string = "SipError";
  /** The stable name: meant for programs. */
  readonly code: SipErrorCode | Rel100Code;
  /** The status of the response that caused it, 300..699. */
  readonly status: number | undefined;
  /** That response's reason phrase, or the text of its Reason field (RFC 3326). */
  readonly reasonPhrase: string | undefined;
  /** From Retry-After (RFC 3261 section 20.33), in seconds. */
  readonly retryAfter: number | undefined;

  /** @internal */
  constructor(code: SipErrorCode | Rel100Code, message: string, details: SipErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.status = details.status;
    this.reasonPhrase = details.reasonPhrase;
    this.retryAfter = details.retryAfter;
  }
}

/** Why a provisional response of ours, or the PRACK for one of the peer's, was refused or came to nothing (RFC 3262). */
export type Rel100Code =
  /** The status is not in 101..199. */
  | "not-provisional"
  /** There is no INVITE to respond to. */
  | "not-invite"
  /** Reliable was asked for, but the INVITE does not list `100rel`. */
  | "peer-unsupported"
  /** Reliable was asked for under the policy `none`. */
  | "disabled"
  /** Unreliable was asked for, but `100rel` is required. */
  | "required"
  /** An earlier one waits for its PRACK, and `queue` is false. */
  | "outstanding"
  /** Eight are waiting already. */
  | "queue-full"
  /** The first reliable response to an INVITE without an offer must carry one. */
  | "offer-missing"
  /** The INVITE has its final response. */
  | "final-sent"
  /** The final response overtook it in the queue. */
  | "superseded"
  /** The call was cancelled first. */
  | "cancelled"
  /** No PRACK came for 64*T1. */
  | "no-prack"
  /** No RSeq number is left. */
  | "rseq-exhausted"
  /** The PRACK has left, or is about to. */
  | "already-sent"
  /** The response was not sent reliably: there is nothing to acknowledge. */
  | "not-reliable"
  /** Only the PRACK for the response that carried the answer may carry an offer (RFC 6337 section 2.2). */
  | "offer-not-allowed";

const REL100_CODES: ReadonlySet<string> = new Set<Rel100Code>([
  "not-provisional", "not-invite", "peer-unsupported", "disabled", "required", "outstanding", "queue-full",
  "offer-missing", "final-sent", "superseded", "cancelled", "no-prack", "rseq-exhausted", "already-sent", "not-reliable",
  "offer-not-allowed",
]);

/**
 * A provisional response could not be sent, was not acknowledged, or could not be acknowledged.
 *
 * @example
 * ```ts
 * call.progress({ code: 183, reliable: true }).catch((error) => {
 *   if (error.code === "peer-unsupported") call.progress({ code: 183 });
 * });
 * ```
 */
export class Rel100Error extends SipError {
  override readonly name = "Rel100Error";
  declare readonly code: Rel100Code;
}

/** Why there is no media. */
export type MediaErrorCode = Extract<Cause, "media-denied" | "media-missing" | "media-failed" | "not-acceptable">;

/**
 * The microphone was refused (`media-denied`), there is none (`media-missing`), the descriptions
 * have no common ground (`not-acceptable`), or the media layer failed otherwise (`media-failed`).
 * A {@link MediaHandler} of the application may throw it as well, with the status that rejects the
 * peer's offer: 480 and 488 by default, 580 for preconditions (RFC 3312 section 8).
 */
export class MediaError extends SipError {
  override readonly name = "MediaError";
  declare readonly code: MediaErrorCode;

  constructor(code: MediaErrorCode, message: string, details: SipErrorDetails = {}) {
    super(code, message, details);
  }
}

/** @internal The error for a refused command: a TypeError for a wrong argument. */
export function refusalError({ code, message }: Refusal): TypeError | SipError {
  switch (code) {
    case "invalid-uri":
    case "invalid-header":
    case "invalid-method":
    case "invalid-argument":
      return new TypeError(message);
    default:
      return REL100_CODES.has(code) ? new Rel100Error(code, message) : new SipError(code, message);
  }
}

/** @internal The error for an outcome that came later. */
export function failureError(failure: Failure): SipError {
  return new SipError(failure.cause, failureMessage(failure.cause, failure.status, failure.reason), detailsOf(failure));
}

/** @internal The same, for a provisional response. */
export function progressError(failure: Failure): SipError {
  const { cause } = failure;
  if (!isRel100Code(cause)) return failureError(failure);
  return new Rel100Error(cause, failureMessage(cause, failure.status, failure.reason), detailsOf(failure));
}

/** @internal The sentence of an error: what happened, then what the peer said. */
export function failureMessage(cause: string, status?: number, reason?: string): string {
  const said = [status, reason].filter((part) => part !== undefined && part !== "").join(" ");
  return said === "" ? cause : `${cause}: ${said}`;
}

/** @internal Whatever was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function isRel100Code(code: string): code is Rel100Code {
  return REL100_CODES.has(code);
}

function detailsOf({ status, reason, retryAfter }: Failure): SipErrorDetails {
  return { status, reasonPhrase: reason, retryAfter };
}
