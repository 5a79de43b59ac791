/**
 * Brings the core's wishes about descriptions to the media handler, one after the other, and the
 * handler's answers back. The core never waits for it: a question that no longer stands is ignored.
 */

import { MediaError, SipError, asError } from "./errors.js";
import { DONE } from "./engine/link.js";
import type { Link } from "./engine/link.js";
import type { MediaContext, MediaHandler, MediaOptions } from "./media/handler.js";
import { LevelMeter } from "./media/levels.js";
import type { Levels } from "./media/levels.js";
import { ManualMedia } from "./media/manual.js";
import type { Answer, CoreEvent } from "./protocol.js";

type Describe = Extract<CoreEvent, { type: "describe" }>;
type Remote = Extract<CoreEvent, { type: "remote" }>;

/** Makes the handlers of all calls. */
export interface MediaMaker {
  /** Makes one, when a description is needed for the first time; `call` is told what the application shall do itself. */
  openMedia(context: MediaContext, call: EventTarget): MediaHandler;
}

/** Whose media it is. */
export interface MediaOwner {
  readonly link: Link;
  readonly call: EventTarget & { readonly id: number; readonly direction: "incoming" | "outgoing" };
  readonly answered: Promise<unknown>;
  /** The peer can be heard. */
  heard(stream: MediaStream): void;
  /** Media failed; `broken`: the core does not know, and the call cannot go on. */
  blame(error: MediaError, broken: boolean): void;
}

type Work = (media: MediaHandler) => Promise<void> | void;

/** The media side of one call, and all that its handler is told of the call. */
export class CallMedia implements MediaContext {
  readonly #owner: MediaOwner;
  readonly #maker: MediaMaker;
  /** The settings of all calls, until something else is said for this one. */
  #options: MediaOptions;
  #handler: MediaHandler | undefined;
  /** Made when somebody asks. */
  #meter: LevelMeter | undefined;
  /** What is to be done, while something is. */
  #work: Work[] | undefined;
  #closed = false;
  #muted = false;
  #held = false;

  constructor(owner: MediaOwner, options: MediaOptions, maker: MediaMaker) {
    this.#owner = owner;
    this.#options = options;
    this.#maker = maker;
  }

  /** Which media the call is to have from the next description on; those of before, where nothing is said. */
  choose(media: MediaOptions | undefined): void {
    if (media !== undefined) this.#options = { ...this.#options, ...media };
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
        this.#owner.blame(error, false);
        answer = { failed: { status: rejectionOf(error), cause: error.code } };
      }
      if (!this.#closed) this.#owner.link.command({ description: { token, answer } });
    });
  }

  /** Applies the peer's description. */
  remote({ sdp, kind, dialog, commit }: Remote): void {
    this.#enqueue(async (media) => {
      try {
        await media.setRemote({ sdp, kind: kind === "preview" ? "preview" : "answer", dialog, commit });
      } catch (thrown) {
        // Before the answer counts, another may still come: silence is all that is lost.
        if (commit) this.#break(thrown);
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
        this.#break(thrown);
      }
    });
  }

  onRemoteStream(stream: MediaStream): void {
    this.#owner.heard(stream);
  }

  onFailure(error: MediaError): void {
    this.#owner.blame(error, true);
  }

  onRenegotiationNeeded(): void {
    void this.#offerAnew();
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
    this.#meter?.close();
    this.#handler?.close();
  }

  /** How loud both sides are. */
  levels(): Promise<Levels> {
    return (this.#meter ??= new LevelMeter()).read(this.#closed ? undefined : this.#handler?.peerConnection);
  }

  get direction(): "incoming" | "outgoing" {
    return this.#owner.call.direction;
  }

  get options(): MediaOptions {
    return this.#options;
  }

  /** Whether we send silence. */
  get muted(): boolean {
    return this.#muted;
  }

  /** The handler, once a description was needed. */
  get handler(): MediaHandler | undefined {
    return this.#handler;
  }

  #enqueue(work: Work): void {
    if (this.#work !== undefined) {
      this.#work.push(work);
    } else {
      this.#work = [work];
      void this.#go(this.#work);
    }
  }

  /** Does one thing after the other, and begins when those who ask have done. */
  async #go(waiting: Work[]): Promise<void> {
    await Promise.resolve();
    for (let work = waiting.shift(); work !== undefined && !this.#closed; work = waiting.shift()) {
      try {
        await work(this.#handler ??= this.#maker.openMedia(this, this.#owner.call));
      } catch {
        // Whose failure counts has told of it.
      }
    }
    this.#work = undefined;
  }

  /** Offers anew once the call is answered. A call that cannot get its media this way is none. */
  async #offerAnew(): Promise<void> {
    const { answered, call: { id: call }, link } = this.#owner;
    try {
      await answered;
      await link.request((request) => ({ renegotiate: { call, request } }), DONE);
    } catch (thrown) {
      this.#break(thrown);
    }
  }

  #break(thrown: unknown): void {
    if (!this.#closed) this.#owner.blame(asMediaError(thrown), true);
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
