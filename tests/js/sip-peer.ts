/** A SIP server as a script: what arrives is waited for by name, what is answered is written out. */

import { once } from "node:events";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import type * as Ws from "ws";
import type { WebSocket, WebSocketServer } from "ws";

/** A session description, for an offer and for an answer. */
export const SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n";

// Tests are bundled into a folder without node_modules: the package is found from the project.
export const ws = createRequire(resolve("package.json"))("ws") as typeof Ws;

const PING = "\r\n\r\n";
const PONG = "\r\n";

export class SipPeer {
  /** Everything that arrived, in order. */
  readonly received: string[] = [];
  /** How many connections there have been, and how many are open. */
  readonly connections = { made: 0, open: 0 };
  readonly #server: WebSocketServer;
  readonly #waiting: (() => void)[] = [];
  #socket: WebSocket | undefined;
  #read = 0;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on("connection", (socket: WebSocket) => {
      this.#socket = socket;
      this.#count(1, 1);
      socket.on("close", () => { this.#count(0, -1); });
      socket.on("message", (data: Buffer) => {
        const frame = data.toString();
        if (frame === PING) {
          socket.send(PONG);
          return;
        }
        this.received.push(frame);
        this.#wake();
      });
    });
  }

  #count(made: number, open: number): void {
    this.connections.made += made;
    this.connections.open += open;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  static async start(): Promise<SipPeer> {
    const server = new ws.WebSocketServer({ host: "127.0.0.1", port: 0, handleProtocols: (offered) => (offered.has("sip") ? "sip" : false) });
    await once(server, "listening");
    return new SipPeer(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#server.address().port}`;
  }

  /** The next message whose first line begins so; others before it are passed over. */
  async next(start: string): Promise<string> {
    const find = (): number => this.received.slice(this.#read).findIndex((message) => message.startsWith(start));
    await this.until(() => find() >= 0);
    this.#read += find() + 1;
    return this.received[this.#read - 1] ?? "";
  }

  /** Waits for something that the next message or connection may bring about. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((wake) => this.#waiting.push(wake));
  }

  send(message: string): void {
    this.#socket?.send(message);
  }

  /** Answers a request; `tag` names the answering fork. A body is a session description. */
  respond(request: string, status: string, headers: string[] = [], body = "", tag = "peer"): void {
    const copied = request.split("\r\n").filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
      .map((line) => (/^To:/i.test(line) && !line.includes("tag=") ? `${line};tag=${tag}` : line));
    this.send([`SIP/2.0 ${status}`, ...copied, ...headers, ...entity(body)].join("\r\n"));
  }

  stop(): void {
    for (const client of this.#server.clients) client.close();
    this.#server.close();
  }
}

/** The end of a message: what says of its body, and the body, a session description. */
export function entity(body: string): string[] {
  return [...(body === "" ? [] : ["Content-Type: application/sdp"]), `Content-Length: ${body.length}`, "", body];
}

/** The value of a header field. */
export function field(message: string, name: string): string {
  return new RegExp(`^${name}: *(.*)\\r$`, "im").exec(message)?.[1] ?? "";
}
