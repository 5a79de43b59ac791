/** What the application may say, and the checks of its shape. What the words mean the core decides. */

import type { EngineFactory } from "./engine/engine.js";
import type { WasmSource } from "./engine/load.js";
import type { MediaOptions, MediaSettings } from "./media/handler.js";
import type { Credentials, Field, OnFork, PrackMode, Reinvites, Rel100, ReliableProgress } from "./protocol.js";

/** Header fields: an object (an array is several fields), or pairs in order. */
export type HeaderFields = Readonly<Record<string, string | readonly string[]>> | Iterable<readonly [string, string]>;

/** What a server wants credentials for. */
export interface Challenge {
  /** The protection space (RFC 7616). */
  readonly realm: string;
  /** The digest algorithm that will be used. */
  readonly algorithm: string;
  /** 401 (the registrar, the peer) or 407 (a proxy). */
  readonly status: number;
}

/** Asks the user; nothing or a rejection means: there are none, and the request fails. */
export type CredentialsProvider = (challenge: Challenge) => Credentials | undefined | Promise<Credentials | undefined>;

/** A server, as a SRV record would describe it (RFC 2782). */
export interface Server {
  /** Its WebSocket address. */
  readonly url: string;
  /** Those with a lower one are tried first; the place in the list by default. */
  readonly priority?: number;
  /** Its share of the connections among servers of the same priority; 1 by default, 0: only when no other is left. */
  readonly weight?: number;
}

/** How a {@link UserAgent} is set up. */
export interface UserAgentOptions {
  /** The address of record: a `sip:` or `sips:` URI with a user part. */
  readonly uri: string;
  /**
   * Where to connect to (RFC 7118): WebSocket addresses (`ws:` or `wss:`) in the order of preference, or
   * {@link Server}s with priorities and weights. One is used at a time; the next is tried as soon as it fails.
   */
  readonly servers: string | Server | readonly (string | Server)[];
  /** Username and password (or HA1) for Digest authentication, or a function that gets them. */
  readonly credentials?: Credentials | CredentialsProvider;
  /** The display name in From. */
  readonly displayName?: string;
  /** The policy for reliable provisional responses (RFC 3262): `supported` by default. */
  readonly rel100?: Rel100;
  /** Which provisional responses are reliable when `progress()` leaves it open: `always` by default. */
  readonly reliableProgress?: ReliableProgress;
  /** Who sends the PRACKs of outgoing calls: `auto` by default; `manual`: {@link CallProgressEvent.prack}. */
  readonly prack?: PrackMode;
  /**
   * How long a PRACK may wait for the application or for a session description, in ms from the
   * first reception of the response that it acknowledges: 1000..30000, 20000 by default.
   */
  readonly prackDeadline?: number;
  /**
   * Whether the answer takes the place of an earlier description in an unreliable response that
   * differs from it. False by default: that one stays in force, since it should have been the same
   * (RFC 3261 section 13.2.1), and a `diagnostic` says `answer-changed`.
   */
  readonly acceptChangedAnswer?: boolean;
  /**
   * Who answers re-INVITEs that change the session of a call: the media layer (`auto`, by default), or
   * the application (`manual`): see {@link ReinviteEvent}.
   */
  readonly reinvites?: Reinvites;
  /**
   * Option tags (RFC 3261 section 19.2) that the application understands beside the user agent's own:
   * added to Supported, and understood in Require. With `precondition` (RFC 3312), offers that hold
   * mandatory preconditions require it of the peer.
   */
  readonly extensions?: readonly string[];
  /** How many incoming calls may wait for their answer at once; the next one gets 486. 64 by default. */
  readonly maxRinging?: number;
  /**
   * What becomes of a further callee that answers a call which a proxy has forked. `hangUp` (the
   * default): it is hung up. `keep`: it becomes a call of its own, told by the event `fork` of the first.
   */
  readonly onFork?: OnFork;
  /**
   * The session interval to ask for, in seconds, at least 90 (RFC 4028; 1800 is what it recommends): a call
   * is over when nobody has refreshed its session within that time, so that neither side keeps one whose peer
   * has gone without a word. It ends with the cause `session-expired` then.
   *
   * Nothing is asked for by default: a browser may not wake a hidden or sleeping page in time, and a call
   * that was well otherwise would end for it. What the peer or a server on the way asks for is honoured all the
   * same. Refreshes are sent at half of the interval, by UPDATE where the peer takes one, by a re-INVITE with
   * the present session elsewhere.
   */
  readonly sessionTimer?: number;
  /** The lifetime asked for when registering, in seconds; 600 by default. */
  readonly registerExpires?: number;
  /** The registrar's URI; the domain of `uri` by default. */
  readonly registrar?: string;
  /** `urn:uuid:...` (RFC 5626 section 4.1). Random by default; keep it to be the same device after a reload. */
  readonly instanceId?: string;
  /** The User-Agent and Server field; `Prackle/<version>` by default. */
  readonly userAgent?: string;
  /** Timer T1 in ms, at least 500 (RFC 3261 section 17.1.1.1). */
  readonly t1?: number;
  /** How many messages {@link UserAgent.trace} keeps; 200 by default. */
  readonly traceLength?: number;
  /** Tell every message as a `trace` event. */
  readonly trace?: boolean;
  /**
   * The media of all calls, unless a call says otherwise. `manual`: the application makes and
   * applies the session descriptions itself, as the events `describe` and `remotedescription` of a
   * call ask for; nothing of WebRTC is touched then.
   */
  readonly media?: MediaSettings | "manual";
  /** Where the WebAssembly file is, when not beside the module: see {@link load}. */
  readonly wasm?: WasmSource | Promise<WasmSource>;
  /** Another engine than the one on this thread. */
  readonly engine?: EngineFactory;
}

/** For operations that may be given up. */
export interface Abortable {
  /** Gives up: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How to call. */
export interface CallOptions extends Abortable {
  /** Ends the call: CANCEL or BYE, as fits. */
  readonly signal?: AbortSignal;
  /** Which media, instead of the user agent's. */
  readonly media?: MediaOptions;
  /** Send the INVITE without an offer: the peer offers. */
  readonly offerless?: boolean;
  /** The policy for reliable provisional responses of this call. */
  readonly rel100?: Rel100;
  /** Who sends the PRACKs of this call. */
  readonly prack?: PrackMode;
  /** After 420 or 421 naming `100rel`: try once more without, or with it. */
  readonly rel100Fallback?: boolean;
  /** The display name in To. */
  readonly displayName?: string;
  /** Further header fields of the INVITE. */
  readonly headers?: HeaderFields;
  /** How long to let it ring until the call is cancelled, in ms; as long as the peer likes by default. */
  readonly noAnswerTimeout?: number;
}

/** How to answer a call. */
export interface AcceptOptions {
  /** Which media, instead of the user agent's. */
  readonly media?: MediaOptions;
  /** Further header fields of the 200. */
  readonly headers?: HeaderFields;
}

/** How to reject a call. */
export interface RejectOptions {
  /** 300..699; 480 by default. 486 is "busy", 603 "declined on every device". */
  readonly status?: number;
  /** The reason phrase; the usual one by default. */
  readonly reason?: string;
  /** Further header fields. */
  readonly headers?: HeaderFields;
}

/** How to hang up. */
export interface HangupOptions {
  /** Further header fields of the CANCEL, BYE or rejection, a Reason (RFC 3326) for instance. */
  readonly headers?: HeaderFields;
}

/** A provisional response (RFC 3262 section 3). */
export interface ProgressOptions {
  /** 101..199; 180 by default. */
  readonly code?: number;
  /** The reason phrase; the usual one by default. */
  readonly reason?: string;
  /** Reliably or not; `auto` (as policy and peer allow) by default. */
  readonly reliable?: boolean | "auto";
  /** With a session description: opens early media. True by default for 183. */
  readonly sdp?: boolean;
  /** Wait for the PRACK of an earlier one; true by default. */
  readonly queue?: boolean;
  /** Which media, when it carries a description. */
  readonly media?: MediaOptions;
  /** Further header fields. */
  readonly headers?: HeaderFields;
}

/** How to acknowledge a provisional response (RFC 3262 section 4). */
export interface PrackOptions {
  /**
   * The body. A session description (`application/sdp`) is the answer where the response carried
   * an offer, in place of the media layer's, else an offer.
   */
  readonly body?: string;
  /** Its type; `text/plain;charset=UTF-8` by default. */
  readonly contentType?: string;
  /** Offer the session anew: only where the response carried the answer (RFC 6337 section 2.2). */
  readonly offer?: boolean;
  /** Further header fields; RAck is the user agent's. */
  readonly headers?: HeaderFields;
}

/** How to update a session, or where we are to be reached (RFC 3311). */
export interface UpdateOptions {
  /** Offer the session anew; true by default. */
  readonly offer?: boolean;
  /** Wait until an offer is allowed; true by default. */
  readonly queue?: boolean;
  /** The dialog, when there are several early ones: see {@link Call.dialogs}. */
  readonly dialog?: number;
  /** Which media to offer, instead of those so far. */
  readonly media?: MediaOptions;
  /** Further header fields. */
  readonly headers?: HeaderFields;
}

/** How to register. */
export interface RegisterOptions extends Abortable {
  /** The lifetime to ask for in seconds, instead of the configured one. */
  readonly expires?: number;
  /** Further header fields. */
  readonly headers?: HeaderFields;
}

/** How to unregister. */
export interface UnregisterOptions extends Abortable {
  /** Remove every contact of the address of record, not only ours. */
  readonly all?: boolean;
}

/** A request outside any dialog. */
export interface RequestOptions extends Abortable {
  /** The body. */
  readonly body?: string;
  /** Its type; `text/plain;charset=UTF-8` by default. */
  readonly contentType?: string;
  /** Further header fields. */
  readonly headers?: HeaderFields;
}

/** How to send tones. */
export interface DtmfOptions {
  /** `rtp` (RFC 4733) or INFO with `application/dtmf-relay`; `rtp` by default. */
  readonly transport?: "rtp" | "info";
  /** The length of a tone in ms, 40..6000; 100 by default. */
  readonly duration?: number;
  /** The pause between tones in ms, at least 30; 70 by default. */
  readonly gap?: number;
}

/** @internal Header fields as the core takes them. */
export function fieldsOf(headers: HeaderFields | undefined): Field[] {
  if (headers === undefined) return [];
  if (typeof headers !== "object") throw new TypeError("headers must be an object or pairs");
  const pairs: Iterable<readonly [string, unknown]> = Symbol.iterator in headers
    ? (headers as Iterable<readonly [string, unknown]>)
    : Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => [name, one] as const));
  return Array.from(pairs, ([name, value]) => [textOf(name, "header name"), stringOf(value, "header value")]);
}

/** @internal A text that is there. */
export function textOf(value: unknown, what: string): string {
  if (typeof value !== "string" || value === "") throw new TypeError(`${what} must be a non-empty string`);
  return value;
}

function stringOf(value: unknown, what: string): string {
  if (typeof value !== "string") throw new TypeError(`${what} must be a string`);
  return value;
}

/** @internal A text, or nothing. */
export function bodyOf(value: unknown): string | undefined {
  return value === undefined ? undefined : stringOf(value, "body");
}

/** @internal One of some words, or nothing. */
export function oneOf<T extends string>(value: T | undefined, allowed: readonly T[], what: string): T | undefined {
  if (value === undefined || allowed.includes(value)) return value;
  throw new TypeError(`${what} must be one of ${allowed.join(", ")}`);
}

/** @internal Yes, no, or nothing. */
export function flagOf(value: unknown, what: string): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw new TypeError(`${what} must be true or false`);
}

/** @internal A whole number within a range, or nothing. */
export function numberIn(value: unknown, least: number, most: number, what: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new TypeError(`${what} must be a whole number in ${least}..${most}`);
}
