/**
 * Brings the core's wishes about descriptions to the media handler, one after the other, and the
 * handler's answers back. The core never waits for it: a question that no longer stands is ignored.
 */

import { MediaError, SipError, asError } from "./errors.js";
import type { Link } from "./engine/link.js";
import type { MediaHandler } from "./media/handler.js";
import { LevelMeter } from "./media/levels.js";
import type { Levels } from "./media/levels.js";
import { ManualMedia } from "./media/manual.js";
import type { Answer, CoreEvent } from "./protocol.js";

type Describe = Extract<CoreEvent, { type: "describe" }>;
type Remote = Extract<CoreEvent, { type: "remote" }>;

/** The media side of one call. */
export class CallMedia {
  readonly #link: Link;
  readonly #open: () => MediaHandler;
  readonly #failed: (error: MediaError, broken: boolean) => void;
  readonly #meter = new LevelMeter();
  #handler: MediaHandler | undefined;
  #last: Promise<void> = Promise.resolve();
  #closed = false;
  #muted = false;
  #held = false;

  /**
   * @param open - makes the handler, when a description is needed for the first time
   * @param failed - told when media failed; `broken`: the core does not know, and the call cannot go on
   */
  constructor(link: Link, open: () => MediaHandler, failed: (error: MediaError, broken: boolean) => void) {
    this.#link = link;
    this.#open = open;
    this.#failed = failed;
  }

  /** Makes the description that the core asks for. */
  describe({ token, kind, remote, dialog }: Describe): void {
    this.#enqueue(async (media) => {
      let answer: Answer;
      try {
        const sdp = kind === "offer" ? await media.createOffer(dialog) : await media.createAnswer(remote ?? "", dialog);
        this.#applyMute();
        answer = { sdp };
      } catch (thrown) {
        const error = asMediaError(thrown);
        this.#failed(error, false);
        answer = { failed: { status: rejectionOf(error), cause: error.code } };
      }
      if (!this.#closed) this.#link.command({ description: { token, answer } });
    });
  }

  /** Applies the peer's description. */
  remote({ sdp, kind, dialog, commit }: Remote): void {
    this.#enqueue(async (media) => {
      try {
        await media.setRemote({ sdp, kind: kind === "preview" ? "preview" : "answer", dialog, commit });
      } catch (thrown) {
        // Before the answer counts, another may still come: silence is all that is lost.
        if (commit && !this.#closed) this.#failed(asMediaError(thrown), true);
      }
    });
  }

  /** Takes the answer to the offer that the core asks about next, where the application makes them. */
  answerNext(sdp: string | PromiseLike<string>): void {
    if (!(this.#handler instanceof ManualMedia)) throw new SipError("invalid-state", "only with the media `manual`");
    this.#handler.answerNext(sdp);
  }

  /** The last offer came to nothing. */
  rollback(dialog: number): void {
    this.#enqueue((media) => media.rollback(dialog));
  }

  /** An early dialog ended. */
  endDialog(dialog: number): void {
    this.#enqueue((media) => { media.endDialog(dialog); });
  }

  /** The call was answered in this dialog. */
  commit(dialog: number): void {
    this.#enqueue(async (media) => {
      try {
        await media.commit(dialog);
      } catch (thrown) {
        if (!this.#closed) this.#failed(asMediaError(thrown), true);
      }
    });
  }

  /** Offers anew once the call is answered. A call that cannot get its media this way is none. */
  async offerAnew(call: number, answered: Promise<unknown>): Promise<void> {
    try {
      await answered;
      await this.#link.request((request) => ({ renegotiate: { call, request } }));
    } catch (thrown) {
      if (!this.#closed) this.#failed(asMediaError(thrown), true);
    }
  }

  /** Silences what we send; also tracks that come later. */
  mute(muted: boolean): void {
    this.#muted = muted;
    this.#applyMute();
  }

  /** Holds from the next offer on, and sends silence at once. */
  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    this.#applyMute();
    this.#enqueue((media) => { media.hold(held); });
  }

  /** Gives everything back. */
  close(): void {
    this.#closed = true;
    this.#meter.close();
    this.#handler?.close();
  }

  /** How loud both sides are. */
  levels(): Promise<Levels> {
    return this.#meter.read(this.#handler?.peerConnection);
  }

  /** Whether we send silence. */
  get muted(): boolean {
    return this.#muted;
  }

  /** The handler, once a description was needed. */
  get handler(): MediaHandler | undefined {
    return this.#handler;
  }

  #enqueue(work: (media: MediaHandler) => Promise<void> | void): void {
    const turn = async (): Promise<void> => {
      if (this.#closed) return;
      this.#handler ??= this.#open();
      await work(this.#handler);
    };
    this.#last = this.#last.then(turn).catch(() => undefined);
  }

  #applyMute(): void {
    for (const track of this.#handler?.localStream?.getAudioTracks() ?? []) track.enabled = !this.#muted && !this.#held;
  }
}

/**
 * What the thrower wants, 488 where nothing would help, 480 where it might go another time
 * (RFC 3261 section 21.4.18).
 */
function rejectionOf(error: MediaError): number {
  if (error.status !== undefined) return error.status;
  return error.code === "not-acceptable" || error.code === "media-missing" ? 488 : 480;
}

function asMediaError(thrown: unknown): MediaError {
  if (thrown instanceof MediaError) return thrown;
  const cause = asError(thrown);
  return new MediaError("media-failed", cause.message, { cause });
}
