// The wire between SIPp and Kamailio: everything passes a socket of ours, which notes when.
import { createSocket } from "node:dgram";
import { Inbox } from "./inbox.mjs";
import { Message } from "./sip.mjs";

const HOST = "127.0.0.1";

/** A relay for one UDP peer, whose address it takes the place of. */
export class Wire {
  #socket = createSocket("udp4");
  #registrar;
  #peer;
  #seen = new Inbox("the wire");
  /** Everything that passed, with its time and `fromPeer`. */
  passed = [];
  /** Which of them go no further. */
  swallows = () => false;

  constructor(registrar) {
    this.#registrar = registrar;
  }

  async open() {
    this.#socket.on("message", (octets, { port }) => {
      const fromPeer = port !== this.#registrar;
      const message = Object.assign(new Message(octets), { fromPeer });
      this.passed.push(message);
      this.#seen.push(message);
      if (this.swallows(message)) return;
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

  /** Waits for something like this in one direction. */
  saw(pattern, { fromPeer = false } = {}) {
    return this.#seen.take(`${pattern}`, (message) => message.fromPeer === fromPeer && pattern.test(message.text));
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
