// What passed between caller, server and callee: a row for every message, put together from what
// both ends saw of it. Whether the server let it through, kept it, changed it or made it itself is
// concluded from that alone. No DOM.

import { glance, type Glance } from "../sip-text.js";
import { Handshakes, type Handshake } from "./handshakes.js";
import { type Faults, type Keeping, PLAIN, keepingOf } from "./settings.js";

/** Where a message is seen, and where it can stop. */
export type Side = "caller" | "callee";
export type Place = Side | "server";

/** A message as one of the two ends saw it. */
export interface Sighting {
  side: Side;
  /** Milliseconds on the clock of `Date.now()`. */
  at: number;
  direction: "sent" | "received";
  text: string;
}

/** What became of a message. */
export type Fate =
  /** It has left, and was not seen since. */
  | "under way"
  /** It has arrived. */
  | "through"
  /** It was to arrive, and has not. */
  | "held"
  /** The server has let go of it, late. */
  | "released"
  /** The server has sent it once more. */
  | "copy"
  /** It was for the server, or from it. */
  | "hop";

/** A message on its way. */
export interface MessageRow {
  kind: "message";
  id: number;
  from: Place;
  to: Place;
  /** When it was seen first, on the clock of `Date.now()`. */
  at: number;
  glance: Glance;
  text: string;
  fate: Fate;
  /** As it arrived, when it was changed on its way. */
  arrived?: { text: string; glance: Glance };
  /** What was changed: "RSeq became 8". */
  changes: string[];
  /** The row that this one is a later part or another copy of. */
  of?: number;
  /** How long the server kept it, in ms. */
  late?: number;
  /** The reliable response that it is, or belongs to. */
  handshake?: number;
  /** Which copy of the response it is, from 1. */
  copy?: number;
}

/** A sentence between the messages. */
export interface NoteRow {
  kind: "note";
  id: number;
  side: Place;
  at: number;
  tone: "" | "good" | "bad";
  text: string;
  /** Where it is written: "RFC 3262 section 3". */
  rfc?: string | undefined;
}

export type Row = MessageRow | NoteRow;

/** After this a message that may be kept, and has not arrived, was kept. */
const PATIENCE = 600;
/** Requests that are no part of a call. */
const FOREIGN = new Set(["REGISTER", "OPTIONS", "SUBSCRIBE", "NOTIFY", "PUBLISH"]);

/** The rows of what is shown at once. */
export class WireModel {
  readonly rows: Row[] = [];
  readonly handshakes = new Handshakes();
  /** What the server may keep of the present call. */
  keeping: Record<keyof Faults, Keeping> = keepingOf(PLAIN);
  #nextId = 1;
  #open: MessageRow[] = [];
  /** INVITEs that were refused, by Call-ID and CSeq: each hop acknowledges that for itself. */
  #refused = new Set<string>();
  /** Call-IDs of what was cleared away: its stragglers are not shown. */
  #past = new Set<string>();

  /** Takes a message in; its row, which may be an earlier one that has now arrived. */
  add(seen: Sighting): MessageRow | undefined {
    const read = glance(seen.text);
    if (!read || FOREIGN.has(read.method) || this.#past.has(read.callId)) return undefined;
    if (read.method === "INVITE" && (read.status ?? 0) >= 300) this.#refused.add(transaction(read));
    const row = seen.direction === "sent" ? this.#departure(seen, read) : this.#arrival(seen, read);
    this.handshakes.take(row);
    return row;
  }

  /** Takes a sentence in. */
  note(note: Omit<NoteRow, "kind" | "id">): void {
    this.rows.push({ kind: "note", id: this.#nextId++, ...note });
  }

  /** Gives up waiting for what should have arrived by now; whether there was such. */
  expire(now: number): boolean {
    const overdue = this.#open.filter((row) => row.fate === "under way" && now - row.at >= PATIENCE);
    const settled = overdue.filter(({ glance }) => kindOf(glance) === undefined || this.#keeps(glance) !== "nothing");
    for (const row of settled) row.fate = kindOf(row.glance) === undefined ? "hop" : "held";
    return settled.length > 0;
  }

  /** Forgets everything, and will not hear of these calls any more. */
  clear(): void {
    for (const { glance } of this.messages) this.#past.add(glance.callId);
    this.rows.length = 0;
    this.#open.length = 0;
    this.#refused.clear();
    this.handshakes.clear();
  }

  /** The messages, in order. */
  get messages(): MessageRow[] {
    return this.rows.filter((row) => row.kind === "message");
  }

  /** The reliable response that a row belongs to. */
  handshakeOf(row: MessageRow): Handshake | undefined {
    return row.handshake === undefined ? undefined : this.handshakes.get(row.handshake);
  }

  #departure({ side, at, text }: Sighting, read: Glance): MessageRow {
    const row = this.#push({ from: side, to: "server", at, glance: read, text, fate: "under way" });
    this.#open.push(row);
    return row;
  }

  #arrival(seen: Sighting, read: Glance): MessageRow {
    const sender = seen.side === "caller" ? "callee" : "caller";
    const departed = this.#departed(sender, read);
    if (!departed) return this.#fromServer(seen, read, sender);
    this.#open = this.#open.filter((row) => row !== departed);
    const keeps = this.#keeps(read);
    // The clocks of the two ends differ by some ms; and what passes does not take half as long.
    if (typeof keeps === "number" && seen.at - departed.at >= keeps / 2) return this.#released(seen, read, departed);
    departed.to = seen.side;
    departed.fate = "through";
    alter(departed, seen.text, read);
    return departed;
  }

  /** The departure that an arrival ends: the oldest, or the latest where those before it may be lost. */
  #departed(sender: Side, read: Glance): MessageRow | undefined {
    if (this.#isHopByHop(read)) return undefined;
    const candidates = this.#open.filter((row) => row.from === sender && isSame(row.glance, read));
    return this.#keeps(read) === "some" ? candidates.at(-1) : candidates[0];
  }

  #keeps(read: Glance): Keeping {
    const kind = kindOf(read);
    return kind === undefined ? "nothing" : this.keeping[kind];
  }

  #released(seen: Sighting, read: Glance, departed: MessageRow): MessageRow {
    departed.fate = "held";
    const row = this.#push({
      from: "server", to: seen.side, at: seen.at, glance: departed.glance, text: departed.text, fate: "released",
      of: departed.id, late: seen.at - departed.at,
    });
    alter(row, seen.text, read);
    return row;
  }

  #fromServer({ side, at, text }: Sighting, read: Glance, sender: Side): MessageRow {
    const before = this.messages.find((row) => row.from === sender && row.to === side && isSame(row.glance, read));
    if (read.status !== undefined && read.status >= 200) this.#answered(side, read);
    const fate = before && !this.#isHopByHop(read) ? "copy" : "hop";
    return this.#push({ from: "server", to: side, at, glance: read, text, fate, ...(before && { of: before.id }) });
  }

  /** The server answers a request itself: it will not come to the other side. */
  #answered(side: Side, { callId, cseq, method }: Glance): void {
    const isIt = ({ from, glance }: MessageRow): boolean =>
      from === side && glance.status === undefined && glance.callId === callId && glance.cseq === cseq && glance.method === method;
    for (const row of this.#open.filter(isIt)) row.fate = "hop";
    this.#open = this.#open.filter((row) => !isIt(row));
  }

  /** What a proxy never forwards: it says the like itself (RFC 3261 sections 16.7, 16.10 and 17.1.1.3). */
  #isHopByHop(read: Glance): boolean {
    return read.status === 100 || read.method === "CANCEL" || (read.method === "ACK" && this.#refused.has(transaction(read)));
  }

  #push(row: Omit<MessageRow, "kind" | "id" | "changes">): MessageRow {
    const made: MessageRow = { kind: "message", id: this.#nextId++, changes: [], ...row };
    this.rows.push(made);
    return made;
  }
}

/** Notes what is different about a message that has arrived. */
function alter(row: MessageRow, text: string, read: Glance): void {
  const parts: [name: string, before: string | undefined, after: string | undefined][] = [
    ["RSeq", row.glance.rseq, read.rseq],
    ["RAck", row.glance.rack?.join(" "), read.rack?.join(" ")],
    ["To tag", row.glance.toTag, read.toTag],
  ];
  row.changes = parts.filter(([, before, after]) => before !== after)
    .map(([name, , after = "none"]) => `${name} became ${after}`);
  if (row.changes.length > 0) row.arrived = { text, glance: read };
}

/** The same message on both hops, whatever was changed in between. */
function isSame(a: Glance, b: Glance): boolean {
  return a.callId === b.callId && a.method === b.method && a.cseq === b.cseq && a.status === b.status;
}

function transaction({ callId, cseq }: Glance): string {
  return `${callId} ${cseq}`;
}

/** What the server can be asked to keep; everything else passes, or ends there by its nature. */
function kindOf({ method, status, rseq }: Glance): keyof Faults | undefined {
  if (rseq !== undefined) return "response";
  if (method !== "PRACK") return undefined;
  if (status === undefined) return "prack";
  return status >= 200 && status < 300 ? "answer" : undefined;
}
