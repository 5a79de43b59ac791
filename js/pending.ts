/** The reliable provisional responses of ours that wait: for their turn, or for their PRACK. */

import type { RequestNumber } from "./protocol.js";

/** One of them. */
export interface PendingReliable {
  /** 101..199. */
  readonly code: number;
  /** Its RSeq, once it was sent; absent while it waits for its turn or its session description. */
  readonly rseq: number | undefined;
}

/** All of a call, in the order in which they are sent. */
export class Pending {
  readonly #all = new Map<RequestNumber | "renewal", PendingReliable>();

  /** The application wants one; whether it will be reliable, `sent` tells. */
  asked(request: RequestNumber, code: number): void {
    this.#all.set(request, { code, rseq: undefined });
  }

  /** It has left; without a request it is one that the core sends to keep the call alive. */
  sent(request: RequestNumber | undefined, code: number, rseq: number | undefined): void {
    if (rseq === undefined) this.settled(request ?? "renewal");
    else this.#all.set(request ?? "renewal", { code, rseq });
  }

  /** It has had its PRACK. */
  acknowledged(rseq: number): void {
    for (const [request, one] of this.#all) if (one.rseq === rseq) this.settled(request);
  }

  /** Nothing is to be waited for, however it came. */
  settled(request: RequestNumber | "renewal"): void {
    this.#all.delete(request);
  }

  /** The INVITE has its final response. */
  clear(): void {
    this.#all.clear();
  }

  get all(): readonly PendingReliable[] {
    return Array.from(this.#all.values());
  }
}
