// A gate between the page and the edge: it passes WebSocket messages on as they are, until a case
// wants them otherwise: binary, doubled, held back, with rubbish between them, or cut off.
import { WebSocket, WebSocketServer } from "ws";

/** One gate, for one phone; it may connect several times. */
export class Gate {
  #server;
  #edge;
  #pairs = new Set();
  /** How many connections there were. */
  connections = 0;
  /** Refuses connections while true. */
  closed = false;
  /** Sends what comes from the edge as binary messages. */
  binary = false;

  constructor(edge) {
    this.#edge = edge;
  }

  async open() {
    this.#server = new WebSocketServer({ host: "127.0.0.1", port: 0, handleProtocols: () => "sip", verifyClient: () => !this.closed });
    this.#server.on("connection", (page) => this.#connect(page));
    await new Promise((listening) => this.#server.once("listening", listening));
    this.address = `ws://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  #connect(page) {
    this.connections += 1;
    const edge = new WebSocket(this.#edge, "sip");
    const pair = { page, edge, waiting: [] };
    this.#pairs.add(pair);
    page.on("message", (data, isBinary) => {
      if (edge.readyState === WebSocket.OPEN) edge.send(data, { binary: isBinary });
      else pair.waiting.push(data);
    });
    edge.on("open", () => pair.waiting.forEach((data) => edge.send(data, { binary: false })));
    edge.on("message", (data) => page.send(data, { binary: this.binary }));
    for (const [end, other] of [[page, edge], [edge, page]]) {
      end.on("error", () => other.terminate());
      end.on("close", () => {
        this.#pairs.delete(pair);
        other.terminate();
      });
    }
  }

  /** Sends something to the page that no server sent. */
  inject(data) {
    for (const { page } of this.#pairs) page.send(data);
  }

  /** Cuts the connection without a word. */
  cut() {
    for (const { page, edge } of this.#pairs) {
      page.terminate();
      edge.terminate();
    }
  }

  close() {
    this.cut();
    return new Promise((done) => this.#server.close(done));
  }
}
