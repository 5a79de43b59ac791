/** A WebSocket that ends in memory: all clients use it where the browser has its own. */

import { task } from "./tasks.js";

type Listener = (event: object) => void;

/** Who takes what a client sends. */
export type Receiver = (frame: string) => void;

/** As much of a WebSocket as the clients use. */
export class MemorySocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  /** The other end of sockets by their address. */
  static readonly receivers = new Map<string, (socket: MemorySocket) => Receiver>();

  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readonly protocol = "sip";
  readonly bufferedAmount = 0;
  binaryType = "blob";
  readyState: number = MemorySocket.CONNECTING;
  onopen: Listener | null = null;
  onmessage: Listener | null = null;
  onclose: Listener | null = null;
  onerror: Listener | null = null;
  readonly #listeners = new Map<string, Listener[]>();
  #receiver: Receiver = () => undefined;

  constructor(readonly url: string) {
    void this.#open();
  }

  send(frame: string): void {
    this.#receiver(frame);
  }

  close(code = 1000): void {
    this.readyState = MemorySocket.CLOSED;
    this.#tell("close", this.onclose, { code, reason: "", wasClean: true });
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  removeEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, (this.#listeners.get(type) ?? []).filter((one) => one !== listener));
  }

  /** A frame from the peer. */
  receive(data: string): void {
    this.#tell("message", this.onmessage, { data });
  }

  async #open(): Promise<void> {
    await task();
    this.#receiver = MemorySocket.receivers.get(this.url)?.(this) ?? this.#receiver;
    this.readyState = MemorySocket.OPEN;
    this.#tell("open", this.onopen, {});
  }

  #tell(type: string, handler: Listener | null, event: object): void {
    handler?.(event);
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }
}
