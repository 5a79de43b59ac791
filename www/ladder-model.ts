// What the ladder knows about the messages it has seen: which call each belongs to, which
// repeats an earlier one, and which PRACK belongs to which reliable response. No DOM.

import { glance, type Glance } from "./sip-text.js";

/** A message as the trace tells it. */
export interface Entry {
  /** Milliseconds on the clock of `Date.now()`. */
  at: number;
  direction: "sent" | "received";
  text: string;
  /** Why it was not taken. */
  fault?: string | undefined;
}

/** A message on the ladder. */
export interface Row extends Entry {
  id: number;
  glance: Glance | undefined;
  /** The dialogue (Call-ID) it belongs to. */
  thread: Thread;
  /** The row that it repeats. */
  repeats?: number;
  /** The reliable response that this PRACK, or response to a PRACK, belongs to. */
  joins?: number;
}

/** All messages of one Call-ID. */
export interface Thread {
  callId: string;
  /** 0 for what is not a call (registration), then 1, 2, 3 ... */
  number: number;
  /** "Registration", or whom the call is with. */
  name: string;
  /** How many messages of it are kept. */
  size: number;
}

/** A reliable response with its PRACK and the response to that, as row ids. */
export interface Handshake {
  response: number;
  prack?: number;
  done?: number;
}

/** The messages, bounded: the oldest go first. */
export class LadderModel {
  readonly rows: Row[] = [];
  readonly threads = new Map<string, Thread>();
  /** By the id of the reliable response. */
  readonly handshakes = new Map<number, Handshake>();
  #limit: number;
  #nextId = 1;
  #calls = 0;
  #seen = new Map<string, number>();
  #reliable = new Map<string, number>();
  #pracks = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a message; returns its row and how many old ones had to go. */
  add(entry: Entry): { row: Row; dropped: Row[] } {
    const seen = glance(entry.text);
    const row: Row = { ...entry, id: this.#nextId++, glance: seen, thread: this.#thread(seen, entry) };
    row.thread.size++;
    this.#repeat(row);
    if (seen && row.repeats === undefined) this.#join(row, seen);
    this.rows.push(row);
    return { row, dropped: this.#trim() };
  }

  clear(): void {
    this.rows.length = 0;
    for (const map of [this.threads, this.handshakes, this.#seen, this.#reliable, this.#pracks]) map.clear();
    this.#calls = 0;
  }

  #thread(seen: Glance | undefined, entry: Entry): Thread {
    const callId = seen?.callId ?? "";
    const known = this.threads.get(callId);
    if (known) return known;
    const isCall = seen?.method === "INVITE";
    const farEnd = entry.direction === "sent" ? seen?.to : seen?.from;
    const made: Thread = { callId, number: isCall ? ++this.#calls : 0, name: isCall ? (farEnd ?? "") : title(seen), size: 0 };
    this.threads.set(callId, made);
    return made;
  }

  /** Over a WebSocket only the far end repeats, and then byte by byte (RFC 3262 section 3). */
  #repeat(row: Row): void {
    const key = `${row.direction} ${row.text}`;
    const first = this.#seen.get(key);
    if (first === undefined) this.#seen.set(key, row.id);
    else row.repeats = first;
  }

  #join(row: Row, seen: Glance): void {
    if (seen.rseq !== undefined) {
      this.#reliable.set([seen.callId, seen.toTag, seen.rseq, seen.cseq].join(" "), row.id);
      this.handshakes.set(row.id, { response: row.id });
    } else if (seen.method === "PRACK") this.#joinPrack(row, seen);
  }

  #joinPrack(row: Row, seen: Glance): void {
    const key = `${seen.callId} ${seen.toTag} ${seen.cseq}`;
    const isRequest = seen.status === undefined;
    const response = isRequest
      ? this.#reliable.get([seen.callId, seen.toTag, seen.rack?.[0], seen.rack?.[1]].join(" "))
      : this.#pracks.get(key);
    const handshake = response === undefined ? undefined : this.handshakes.get(response);
    if (response === undefined || !handshake) return;
    row.joins = response;
    if (isRequest) {
      handshake.prack = row.id;
      this.#pracks.set(key, response);
    } else handshake.done = row.id;
  }

  #trim(): Row[] {
    const dropped = this.rows.splice(0, Math.max(0, this.rows.length - this.#limit));
    for (const row of dropped) this.#forget(row);
    return dropped;
  }

  #forget(row: Row): void {
    const key = `${row.direction} ${row.text}`;
    if (this.#seen.get(key) === row.id) this.#seen.delete(key);
    this.handshakes.delete(row.id);
    for (const map of [this.#reliable, this.#pracks]) {
      for (const [name, id] of map) if (id === row.id) map.delete(name);
    }
    if (--row.thread.size === 0) this.threads.delete(row.thread.callId);
  }
}

function title(seen: Glance | undefined): string {
  if (!seen) return "Unreadable";
  return seen.method === "REGISTER" ? "Registration" : seen.method;
}
