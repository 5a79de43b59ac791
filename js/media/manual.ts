/** Media `manual`: the application makes and applies the descriptions, told by events of the call. */

import { MediaError } from "../errors.js";
import { DescribeEvent, RemoteDescriptionEvent, Reply, RollbackEvent } from "../media-events.js";
import { textOf } from "../options.js";
import type { MediaHandler, RemoteDescription } from "./handler.js";

/** The media of one call whose descriptions are the application's. */
export class ManualMedia implements MediaHandler {
  readonly localStream = undefined;
  readonly remoteStream = undefined;
  readonly peerConnection = undefined;
  readonly #call: EventTarget;
  #ahead: Promise<string> | undefined;
  #held = false;

  /** @param call - whose events they are */
  constructor(call: EventTarget) {
    this.#call = call;
  }

  createOffer(dialog: number | undefined): Promise<string> {
    return this.#ask("offer", undefined, dialog);
  }

  createAnswer(offer: string, dialog: number | undefined): Promise<string> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead ?? this.#ask("answer", offer, dialog);
  }

  /** The answer to the offer that is asked about next: its request was an event of its own. */
  answerNext(sdp: string | PromiseLike<string>): void {
    this.#ahead = textual(sdp);
    // Should the question be withdrawn, nobody is left to wait for it.
    this.#ahead.catch(() => undefined);
  }

  setRemote({ sdp, kind, dialog, commit }: RemoteDescription): Promise<void> {
    this.#call.dispatchEvent(new RemoteDescriptionEvent(sdp, kind, dialog, commit));
    return Promise.resolve();
  }

  rollback(dialog: number): Promise<void> {
    this.#call.dispatchEvent(new RollbackEvent(dialog));
    return Promise.resolve();
  }

  hold(held: boolean): void {
    this.#held = held;
  }

  // The application is told of these by `dialogended`, `accepted` and `ended`.
  endDialog(): void { /* nothing is kept for it */ }
  commit(): Promise<void> { return Promise.resolve(); }
  close(): void { /* nothing is open */ }

  #ask(kind: "offer" | "answer", offer: string | undefined, dialogId: number | undefined): Promise<string> {
    const reply = new Reply();
    this.#call.dispatchEvent(new DescribeEvent({ kind, offer, dialogId, held: this.#held }, (sdp) => { reply.give(sdp); }));
    const sdp = reply.close();
    if (sdp === undefined) return Promise.reject(new MediaError("media-failed", "no listener of `describe` gave a description"));
    return textual(sdp);
  }
}

async function textual(sdp: string | PromiseLike<string>): Promise<string> {
  return textOf(await sdp, "the description");
}
