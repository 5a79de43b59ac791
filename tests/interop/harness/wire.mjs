// The wire between SIPp and Kamailio: everything passes a socket of ours, which notes when.
import { createSocket } from "node:dgram";
import { Message } from "./sip.mjs";

const HOST = "127.0.0.1";

/** A relay for one UDP peer, whose address it takes the place of. */
export class Wire {
  #socket = createSocket("udp4");
  #registrar;
  #peer;
  /** Everything that passed, with its time and `fromPeer`. */
  passed = [];

  constructor(registrar) {
    this.#registrar = registrar;
  }

  async open() {
    this.#socket.on("message", (octets, { port }) => {
      const fromPeer = port !== this.#registrar;
      this.passed.push(Object.assign(new Message(octets), { fromPeer }));
      this.#socket.send(octets, fromPeer ? this.#registrar : this.#peer, HOST);
    });
    await new Promise((bound) => this.#socket.bind(0, HOST, bound));
    this.port = this.#socket.address().port;
    return this;
  }

  /** Where the peer listens. */
  leadTo(port) {
    this.#peer = port;
  }

  close() {
    return new Promise((closed) => this.#socket.close(closed));
  }

  /** What passed in one direction and starts like this. */
  all(pattern, { fromPeer = false } = {}) {
    return this.passed.filter((message) => message.fromPeer === fromPeer && pattern.test(message.text));
  }

  /** The times in ms, from the first on, at which something like this passed. */
  times(pattern, options) {
    const found = this.all(pattern, options).map(({ at }) => at);
    return found.map((at) => at - found[0]);
  }
}
