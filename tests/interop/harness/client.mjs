// A bare SIP client on a WebSocket: for what Prackle does not do yet, and for what no good client does.
import { WebSocket } from "ws";
import { answerChallenge } from "./digest.mjs";
import { Inbox } from "./inbox.mjs";
import { Message, unique, write } from "./sip.mjs";

/** A user on a connection of his own, who answers challenges when asked to. */
export class Client {
  #socket;
  #cseq = 0;
  #account;
  inbox;

  constructor(user, { domain, password, server }) {
    this.uri = `sip:${user}@${domain}`;
    this.callId = unique("client");
    this.inbox = new Inbox(user);
    this.#account = { username: user, password };
    this.#socket = new WebSocket(server, "sip");
    this.#socket.on("message", (data) => this.inbox.push(new Message(data)));
  }

  open() {
    return new Promise((opened, failed) => this.#socket.once("open", () => opened(this)).once("error", failed));
  }

  close() {
    this.#socket.terminate();
  }

  /** Sends a request, and again for a challenge; gives the final response. */
  async request(method, { fields = [], body, target = this.uri, from = this.uri, toTag } = {}) {
    const send = (extra = []) => {
      this.#cseq += 1;
      this.#socket.send(write(`${method} ${target} SIP/2.0`, [
        ["Via", `SIP/2.0/WS client.invalid;branch=z9hG4bK${unique("w")}`], ["Max-Forwards", 70],
        ["From", `<${from}>;tag=${this.callId}`], ["To", `<${target}>${toTag === undefined ? "" : `;tag=${toTag}`}`],
        ["Call-ID", this.callId], ["CSeq", `${this.#cseq} ${method}`],
        ["Contact", `<${this.uri.replace(/@.*/, "@client.invalid")};transport=ws>`], ...fields, ...extra,
      ], body).toString());
      return this.inbox.take(`response to ${method}`, ({ status, cseq }) => cseq === this.#cseq && status >= 200);
    };
    const response = await send();
    if (response.status !== 407) return response;
    const [, credentials] = answerChallenge(response.get("proxy-authenticate"), { method, uri: target, ...this.#account });
    return send([["Proxy-Authorization", credentials]]);
  }

  /** The next request that comes, answered with 200. */
  async take(method) {
    const request = await this.inbox.take(method, (message) => message.isRequest && message.method === method);
    const copied = ["via", "from", "to", "call-id", "cseq"].flatMap((name) => request.all(name).map((value) => [name, value]));
    this.#socket.send(write("SIP/2.0 200 OK", copied).toString());
    return request;
  }
}
