// Presence at the registrar, one hop behind the edge. Prackle's core does not subscribe yet: the
// watcher here is a bare WebSocket, which shows that the deployment finds it behind its edge.
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { answerChallenge } from "../harness/digest.mjs";
import { Inbox } from "../harness/inbox.mjs";
import { DOMAIN, passwordOf } from "../harness/lab.mjs";
import { Message, unique, write } from "../harness/sip.mjs";

const PIDF = (entity) => `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="${entity}"><tuple id="t1"><status><basic>open</basic></status></tuple></presence>
`;

/** A user on a WebSocket of its own, who answers challenges. */
class Watcher {
  #socket;
  #cseq = 0;
  inbox;

  constructor(t, user) {
    this.user = user;
    this.uri = `sip:${user}@${DOMAIN}`;
    this.callId = unique("watch");
    this.inbox = new Inbox(user);
    this.#socket = new WebSocket(t.world.edge.ws, "sip");
    this.#socket.on("message", (data) => this.inbox.push(new Message(data)));
    t.after(() => this.#socket.terminate());
    this.open = new Promise((opened) => this.#socket.once("open", opened));
  }

  async request(method, fields, body) {
    await this.open;
    this.#send(method, fields, body);
    const challenge = await this.inbox.take("407", ({ status }) => status === 407);
    const [, value] = answerChallenge(challenge.get("proxy-authenticate"), { method, uri: this.uri, username: this.user, password: passwordOf(this.user) });
    this.#send(method, [...fields, ["Proxy-Authorization", value]], body);
    return this.inbox.take("a response", ({ status, cseq }) => cseq === this.#cseq && status >= 200);
  }

  #send(method, fields, body) {
    this.#cseq += 1;
    this.#socket.send(write(`${method} ${this.uri} SIP/2.0`, [
      ["Via", `SIP/2.0/WS watcher.invalid;branch=z9hG4bK${unique("w")}`], ["Max-Forwards", 70],
      ["From", `<${this.uri}>;tag=${this.callId}`], ["To", `<${this.uri}>`], ["Call-ID", this.callId], ["CSeq", `${this.#cseq} ${method}`],
      ["Contact", `<sip:${this.user}@watcher.invalid;transport=ws>`], ...fields,
    ], body).toString());
  }

  respond(request, status) {
    const copied = ["via", "from", "to", "call-id", "cseq"].flatMap((name) => request.all(name).map((value) => [name, value]));
    this.#socket.send(write(`SIP/2.0 ${status} OK`, copied).toString());
  }
}

export default {
  title: "presence",
  cases: {
    async "SUBSCRIBE by an edge: NOTIFY comes back to the browser, and again after PUBLISH"(t) {
      const watcher = new Watcher(t, t.world.nextUser());
      const accepted = await watcher.request("SUBSCRIBE", [["Event", "presence"], ["Accept", "application/pidf+xml"], ["Expires", 300]]);
      assert.ok(accepted.status === 200 || accepted.status === 202, accepted.start);
      const notify = () => watcher.inbox.take("NOTIFY", ({ method, isRequest }) => isRequest && method === "NOTIFY");
      const first = await notify();
      assert.match(first.get("subscription-state"), /^active/);
      watcher.respond(first, 200);

      const publisher = new Watcher(t, watcher.user);
      const published = await publisher.request("PUBLISH", [["Event", "presence"], ["Expires", 300], ["Content-Type", "application/pidf+xml"]], PIDF(watcher.uri));
      assert.equal(published.status, 200);
      const second = await notify();
      assert.match(second.body, /<basic>open<\/basic>/);
      watcher.respond(second, 200);
    },
  },
};
