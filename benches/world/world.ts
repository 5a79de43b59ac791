/**
 * What surrounds one client: its socket, the peer's end of it, and a log of what happened, in which
 * frames that were handed to the socket and words of the application stand in one order.
 */

import { stopwatch } from "./clock.js";
import { MemorySocket } from "./socket.js";
import { task } from "./tasks.js";

/** Something that happened. */
export interface Notice {
  /** A frame, or a word of the application. */
  readonly text: string;
  /** When, by the stopwatch. */
  readonly at: number;
}

/** What the application hears of its client. */
export type Word = "invite" | "progress" | "ringing" | "answered" | "prack" | "confirmed" | "info" | "ended" | "registered";

interface Waiting {
  readonly start: string;
  readonly resolve: (notice: Notice) => void;
}

let worlds = 0;
const lasts: string[] = [];
const KEPT = 10;

/** The first lines of what happened last: for whoever waits in vain. */
export function lastThings(): readonly string[] {
  return lasts;
}

/** One client's world. */
export class World {
  /** Where the client connects to. */
  readonly url = `ws://bench${++worlds}.example.com`;
  #socket: MemorySocket | undefined;
  #notices: Notice[] = [];
  #waiting: Waiting[] = [];

  constructor() {
    MemorySocket.receivers.set(this.url, (socket) => {
      this.#socket = socket;
      return (frame) => { this.#take(frame); };
    });
  }

  /** The application has heard something. */
  heard(word: Word): void {
    this.#note(word);
  }

  /** A message arrives, in a task of its own; tells when. */
  async deliver(message: string): Promise<number> {
    // What a network delivers is one piece: searching makes it one.
    message.indexOf("\0");
    await task();
    const at = stopwatch();
    this.#socket?.receive(message);
    return at;
  }

  /** The next thing that begins so. */
  next(start: string): Promise<Notice> {
    const index = this.#notices.findIndex(({ text }) => text.startsWith(start));
    const [found] = index < 0 ? [] : this.#notices.splice(index, 1);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => { this.#waiting.push({ start, resolve }); });
  }

  /** Forgets what nobody has asked for. */
  forget(): void {
    this.#notices = [];
  }

  #take(frame: string): void {
    // RFC 5626 section 3.5.1: a keep-alive, and its answer.
    if (frame === "\r\n\r\n") void this.deliver("\r\n");
    else this.#note(frame);
  }

  #note(text: string): void {
    const notice = { text, at: stopwatch() };
    lasts.push(text);
    if (lasts.length > KEPT) lasts.shift();
    const index = this.#waiting.findIndex(({ start }) => text.startsWith(start));
    const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (waiting === undefined) this.#notices.push(notice);
    else waiting.resolve(notice);
  }
}
