/**
 * A SIP message, read for its own sake: by a page that shows a trace, a tool for tickets, an
 * application that finds an INVITE in a push. The parser is the one that calls are made with; what
 * crosses the border are the places of the parts in the text (their order: `src/syntax/reading.rs`).
 */

import { Reader } from "../dist/wasm/prackle.js";
import { linearMemory } from "./engine/load.js";
import { fieldsIn } from "./fields.js";
import type { Field, PeerRel100 } from "./protocol.js";

/** Whom a header field names (RFC 3261 section 20.10). */
export interface Address {
  /** The URI. */
  readonly uri: string;
  /** The display name, unescaped; absent when there is none. */
  readonly displayName: string | undefined;
  /** The tag, in From and To. */
  readonly tag: string | undefined;
  /** The parameters of the header field as they are written, from the first `;` on. */
  readonly parameters: string;
}

/** CSeq (RFC 3261 section 20.16). */
export interface CSeq {
  /** The sequence number. */
  readonly number: number;
  /** The method of the request. */
  readonly method: string;
}

/** Via (RFC 3261 section 20.42). */
export interface Via {
  /** `WSS`, `UDP` or another. */
  readonly transport: string;
  /** The host of sent-by. */
  readonly host: string;
  /** Its port, when it is said. */
  readonly port: number | undefined;
  /** The transaction's name. */
  readonly branch: string | undefined;
  /** Where the request came from, when that is not sent-by. */
  readonly received: string | undefined;
}

/** Session-Expires (RFC 4028 section 4). */
export interface SessionExpires {
  /** The interval, in seconds. */
  readonly seconds: number;
  /** Who refreshes: `uac` or `uas`. */
  readonly refresher: string | undefined;
}

/** RAck (RFC 3262 section 7.2): which response a PRACK acknowledges. */
export interface RAck {
  /** The RSeq of the response. */
  readonly rseq: number;
  /** The CSeq of the response. */
  readonly cseq: CSeq;
}

interface Parts {
  /** Name and value of each header field, in order, told apart when it is looked at. */
  readonly headers: readonly Field[];
  /** The body; empty when there is none. */
  readonly body: string;
}

interface WellFormed extends Parts {
  /** The method of the request, or of the request that the response answers. */
  readonly method: string;
  /** From. */
  readonly from: Address;
  /** To. */
  readonly to: Address;
  /** Call-ID. */
  readonly callId: string;
  /** CSeq. */
  readonly cseq: CSeq;
  /** The topmost Via. */
  readonly via: Via;
  /** The addresses in Contact. */
  readonly contacts: readonly Address[];
  /** The addresses in Record-Route. */
  readonly recordRoute: readonly Address[];
  /** Max-Forwards. */
  readonly maxForwards: number | undefined;
  /** Content-Type. */
  readonly contentType: string | undefined;
  /** Session-Expires. */
  readonly sessionExpires: SessionExpires | undefined;
  /** Whether Require names `100rel`, or else Supported. */
  readonly rel100: PeerRel100;
  /** RSeq, when it is one that can be acknowledged: 1 to 2^32-1 (RFC 3262 section 7.1). */
  readonly rseq: number | undefined;
  /** RAck, when it is well-formed. */
  readonly rack: RAck | undefined;
}

/** A request. */
export interface RequestMessage extends WellFormed {
  /** What it is. */
  readonly kind: "request";
  /** The Request-URI. */
  readonly uri: string;
  /** A request has none. */
  readonly status: undefined;
  /** A request has none. */
  readonly reason: undefined;
}

/** A response. */
export interface ResponseMessage extends WellFormed {
  /** What it is. */
  readonly kind: "response";
  /** A response has none. */
  readonly uri: undefined;
  /** 100..699. */
  readonly status: number;
  /** The reason phrase. */
  readonly reason: string;
}

/** A text that is no well-formed message, and what could be read of it. */
export interface MalformedMessage extends Parts {
  /** What it is. */
  readonly kind: "malformed";
  /** What is wrong with it, in English: as the trace says it. */
  readonly fault: string;
  /** What stands where a request has its Request-URI. */
  readonly uri: string | undefined;
  /** Of a response. */
  readonly status: number | undefined;
  /** Of a response. */
  readonly reason: string | undefined;
  /** The method of the request, or of the request that the response answers. */
  readonly method: string | undefined;
  /** From. */
  readonly from: Address | undefined;
  /** To. */
  readonly to: Address | undefined;
  /** Call-ID. */
  readonly callId: string | undefined;
  /** CSeq. */
  readonly cseq: CSeq | undefined;
  /** Content-Type. */
  readonly contentType: string | undefined;
}

/** A SIP message as {@link readMessage} gives it. */
export type SipMessage = RequestMessage | ResponseMessage | MalformedMessage;

/**
 * Reads a SIP message. No user agent is needed, only the WebAssembly file: wait for {@link load}.
 * Nothing is thrown for a malformed text, whatever it holds.
 *
 * @param text - the message, from its start line to the end of its body
 * @throws SipError `not-loaded` when {@link load}, or a `connect()`, was not waited for
 *
 * @example
 * ```ts
 * await load();
 * for (const { text } of ua.trace()) {
 *   const message = readMessage(text);
 *   if (message.kind === "malformed") console.log(message.fault);
 *   else console.log(message.callId, message.cseq.number, message.method, message.from.uri);
 * }
 * ```
 */
export function readMessage(text: string): SipMessage {
  return new Message(new Places(text)) as SipMessage;
}

/** The room that is kept between two messages, in octets. */
const KEPT = 1 << 16;
/** Of a longer text the beginning is read. */
const LONGEST = 1 << 26;

const encoder = new TextEncoder();
let reader: Reader | undefined;
// Views of the linear memory; when it grows their length becomes 0.
let room = new Uint8Array();
let numbers = new Uint32Array();

/** Has the core read a text; gives what it has found, and where in `numbers` the places of the parts begin. */
function read(text: string): { reader: Reader; at: number } {
  const memory = linearMemory();
  reader ??= new Reader();
  // A unit of UTF-16 takes three octets at most.
  const length = Math.min(Math.max(3 * text.length, KEPT), LONGEST);
  if (room.length !== length) {
    const place = reader.room(length);
    room = new Uint8Array(memory.buffer, place, length);
  }
  const { read: units, written: octets } = encoder.encodeInto(text, room);
  const at = reader.read(octets, units) / 4;
  if (numbers.length === 0) numbers = new Uint32Array(memory.buffer);
  return { reader, at };
}

const REL100: readonly PeerRel100[] = ["none", "supported", "required"];

/** Takes the parts of a message from their places, one after the other. */
class Places {
  readonly start: number;
  readonly fault: string | undefined;
  readonly #text: string;
  #at: number;

  constructor(text: string) {
    const { reader, at } = read(text);
    const first = numbers[at] ?? 0;
    const [another = text, fault] = first < 4 ? [] : reader.aside();
    this.#text = another;
    this.#at = at + 1;
    this.start = first & 3;
    this.fault = fault;
  }

  number(): number {
    return numbers[this.#at++] ?? 0;
  }

  text(): string {
    return this.#text.slice(this.number(), this.number());
  }

  optionalNumber(): number | undefined {
    return this.number() === 0 ? undefined : this.number();
  }

  optionalText(): string | undefined {
    return this.number() === 0 ? undefined : this.text();
  }

  address(): Address {
    return { displayName: this.optionalText(), uri: this.text(), tag: this.optionalText(), parameters: this.text() };
  }

  optionalAddress(): Address | undefined {
    return this.number() === 0 ? undefined : this.address();
  }

  addresses(): Address[] {
    const addresses: Address[] = [];
    for (let left = this.number(); left > 0; left -= 1) addresses.push(this.address());
    return addresses;
  }

  cseq(): CSeq | undefined {
    return this.number() === 0 ? undefined : { number: this.number(), method: this.text() };
  }

  via(): Via | undefined {
    if (this.number() === 0) return undefined;
    return {
      transport: this.text(), host: this.text(), port: this.optionalNumber(), branch: this.optionalText(), received: this.optionalText(),
    };
  }

  sessionExpires(): SessionExpires | undefined {
    return this.number() === 0 ? undefined : { seconds: this.number(), refresher: this.optionalText() };
  }

  rack(): RAck | undefined {
    return this.number() === 0 ? undefined : { rseq: this.number(), cseq: { number: this.number(), method: this.text() } };
  }
}

class Message {
  readonly kind: SipMessage["kind"];
  readonly fault: string | undefined;
  readonly uri: string | undefined;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly method: string | undefined;
  readonly from: Address | undefined;
  readonly to: Address | undefined;
  readonly callId: string | undefined;
  readonly cseq: CSeq | undefined;
  readonly via: Via | undefined;
  readonly contacts: readonly Address[];
  readonly recordRoute: readonly Address[];
  readonly maxForwards: number | undefined;
  readonly contentType: string | undefined;
  readonly sessionExpires: SessionExpires | undefined;
  readonly rel100: PeerRel100 | undefined;
  readonly rseq: number | undefined;
  readonly rack: RAck | undefined;
  readonly #header: string;
  readonly body: string;

  // In the order of the places.
  constructor(places: Places) {
    const { start, fault } = places;
    this.kind = fault !== undefined ? "malformed" : start === 1 ? "request" : "response";
    this.fault = fault;
    this.uri = start === 1 ? places.text() : undefined;
    this.status = start === 2 ? places.number() : undefined;
    this.reason = start === 2 ? places.text() : undefined;
    this.method = places.optionalText();
    this.from = places.optionalAddress();
    this.to = places.optionalAddress();
    this.callId = places.optionalText();
    this.cseq = places.cseq();
    this.via = places.via();
    this.contacts = places.addresses();
    this.recordRoute = places.addresses();
    this.maxForwards = places.optionalNumber();
    this.contentType = places.optionalText();
    this.sessionExpires = places.sessionExpires();
    this.rel100 = REL100[places.number()];
    this.rseq = places.optionalNumber();
    this.rack = places.rack();
    this.#header = places.text();
    this.body = places.text();
  }

  get headers(): readonly Field[] {
    return fieldsIn(this.#header);
  }
}
