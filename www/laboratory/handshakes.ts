// The reliable responses of what is shown: each with its copies, its PRACKs and the answers to
// these (RFC 3262 sections 3 and 4), and the clock that its sender keeps. No DOM.

import type { Glance } from "../sip-text.js";
import type { MessageRow, Place } from "./wire-model.js";

/** Timer T1 of RFC 3261, in ms. */
export const T1 = 500;
/** When a response is sent again, from the first sending on: T1, then doubling (RFC 3262 section 3). */
export const COPIES_DUE: readonly number[] = [1, 3, 7, 15, 31, 63].map((part) => part * T1);
/** When its sender gives up. */
export const GIVE_UP = 64 * T1;

/** A reliable response and what belongs to it. */
export interface Handshake {
  id: number;
  callId: string;
  toTag: string;
  rseq: string;
  status: number;
  reason: string;
  /** Whether it carries a session description. */
  sdp: boolean;
  /** Who sent it. */
  by: Place;
  /** When it was sent first. */
  at: number;
  /** The rows of everything that belongs to it, in order. */
  rows: number[];
  /** How often it was sent. */
  copies: number;
  /** How often the caller has heard it, with the RSeq that it has. */
  heard: number;
  /** Whether a PRACK for it has left. */
  pracked: boolean;
  /** When its sender took the acknowledgement. */
  acknowledgedAt?: number;
  /** When its sender stopped without: the call was decided. */
  closedAt?: number;
}

/** Where the sender of an unacknowledged response stands. */
export interface SenderClock {
  /** Since the first sending, in ms. */
  elapsed: number;
  /** Until the next copy, in ms; nothing after the last one. */
  nextIn: number | undefined;
  /** Until it gives up, in ms. */
  giveUpIn: number;
}

/** All reliable responses that were seen. */
export class Handshakes {
  #all: Handshake[] = [];
  /** By Call-ID, To tag and RSeq, as it was sent. */
  #named = new Map<string, Handshake>();
  /** The same, as it was heard, where its RSeq was falsified. */
  #misheard = new Map<string, Handshake>();
  /** By Call-ID and CSeq of a PRACK. */
  #pracks = new Map<string, Handshake>();

  get(id: number): Handshake | undefined {
    return this.#all[id - 1];
  }

  get all(): readonly Handshake[] {
    return this.#all;
  }

  /** The response of the callee that waits for its PRACK. */
  get outstanding(): Handshake | undefined {
    return this.#all.find((one) => one.by === "callee" && one.acknowledgedAt === undefined && one.closedAt === undefined);
  }

  clear(): void {
    this.#all = [];
    this.#named.clear();
    this.#misheard.clear();
    this.#pracks.clear();
  }

  /** Finds out which response a row belongs to. A row comes a second time when it has arrived. */
  take(row: MessageRow): void {
    const found = this.#of(row);
    if (found) {
      row.handshake = found.id;
      if (!found.rows.includes(row.id)) found.rows.push(row.id);
    }
    if (isFinal(row.glance) && row.from === "callee") this.#close(row);
  }

  #of(row: MessageRow): Handshake | undefined {
    const { method, status } = row.glance;
    if (row.glance.rseq !== undefined) return this.#response(row, row.glance.rseq);
    if (method !== "PRACK") return undefined;
    return status === undefined ? this.#prack(row) : this.#answer(row, status);
  }

  #response(row: MessageRow, rseq: string): Handshake {
    const handshake = this.#named.get(named(row.glance, rseq)) ?? this.#make(row, rseq);
    const isSent = row.from === handshake.by && row.copy === undefined;
    if (isSent) row.copy = ++handshake.copies;
    if (row.to === "caller") this.#heard(handshake, row.arrived?.glance ?? row.glance);
    return handshake;
  }

  #heard(handshake: Handshake, { rseq = "", ...rest }: Glance): void {
    if (rseq === handshake.rseq) handshake.heard++;
    else this.#misheard.set(named(rest, rseq), handshake);
  }

  #make({ glance, from, at }: MessageRow, rseq: string): Handshake {
    const { callId, toTag, status = 0, reason = "", sdp } = glance;
    const made: Handshake = { id: this.#all.length + 1, callId, toTag, rseq, status, reason, sdp, by: from, at, rows: [], copies: 0, heard: 0, pracked: false };
    this.#all.push(made);
    this.#named.set(named(glance, rseq), made);
    return made;
  }

  #prack(row: MessageRow): Handshake | undefined {
    const { glance } = row;
    const name = named(glance, glance.rack?.[0] ?? "");
    const handshake = this.#named.get(name) ?? this.#misheard.get(name);
    if (!handshake) return undefined;
    handshake.pracked = true;
    this.#pracks.set(`${glance.callId} ${glance.cseq}`, handshake);
    return handshake;
  }

  #answer({ glance, from, at }: MessageRow, status: number): Handshake | undefined {
    const handshake = this.#pracks.get(`${glance.callId} ${glance.cseq}`);
    if (handshake?.by === from && status >= 200 && status < 300) handshake.acknowledgedAt ??= at;
    return handshake;
  }

  /** The sender has decided the call: it repeats nothing any more. */
  #close({ glance, at }: MessageRow): void {
    for (const one of this.#all) if (one.callId === glance.callId && one.by === "callee") one.closedAt ??= at;
  }
}

/** Where the sender stands, `now` on the clock of the rows. */
export function clockOf({ at, copies }: Handshake, now: number): SenderClock {
  const elapsed = Math.max(0, now - at);
  const due = COPIES_DUE[copies - 1];
  return {
    elapsed,
    nextIn: due === undefined ? undefined : Math.max(0, due - elapsed),
    giveUpIn: Math.max(0, GIVE_UP - elapsed),
  };
}

/** Where a time stands on the clock's face, 0..1: pauses that double are equally long there. */
export function facePosition(ms: number): number {
  return Math.min(1, Math.log2(ms / T1 + 1) / Math.log2(GIVE_UP / T1 + 1));
}

function named({ callId, toTag }: Pick<Glance, "callId" | "toTag">, rseq: string): string {
  return `${callId} ${toTag} ${rseq}`;
}

function isFinal({ method, status }: Glance): boolean {
  return method === "INVITE" && status !== undefined && status >= 200;
}
