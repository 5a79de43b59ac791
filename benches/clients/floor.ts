/**
 * A client made of templates: it looks for a few words and answers with prepared text. It keeps
 * nothing, checks nothing and repeats nothing; what it costs is what the harness costs.
 */

import { DESCRIPTION, field, plainResponse } from "../world/corpus.js";
import { MemorySocket } from "../world/socket.js";
import type { World } from "../world/world.js";
import { CALLEE, CALLER } from "./client.js";
import type { Client, Incoming, Outgoing } from "./client.js";

const BODY = `Content-Type: application/sdp\r\nContent-Length: ${DESCRIPTION.length}\r\n\r\n${DESCRIPTION}`;
const CONTACT = "Contact: <sip:alice@floor.invalid;transport=ws>\r\n";

export class Floor implements Client {
  readonly name = "floor";
  readonly isReliable = true;
  readonly incoming: Incoming = {
    progress: () => { this.#answer("183 Session Progress", "Require: 100rel\r\nRSeq: 776656\r\n"); },
    accept: () => { this.#answer("200 OK"); },
  };
  #socket: MemorySocket | undefined;
  #invite = "";
  #number = 0;

  constructor(readonly world: World) {}

  readonly parse = (message: string): object => ({ cseq: field(message, "CSeq"), callId: field(message, "Call-ID") });

  connect(): Promise<void> {
    const socket = new MemorySocket(this.world.url);
    this.#socket = socket;
    socket.onmessage = (event) => { this.#receive((event as { data: string }).data); };
    return new Promise((resolve) => { socket.onopen = () => { resolve(); }; });
  }

  register(): void {
    this.#send("REGISTER", `floor${this.#number}`, `${CONTACT}Expires: 600\r\nContent-Length: 0\r\n\r\n`);
  }

  unregister(): void {
    this.#send("REGISTER", `floor${this.#number}`, `${CONTACT}Expires: 0\r\nContent-Length: 0\r\n\r\n`);
  }

  call(): Outgoing {
    const call = `floor${++this.#number}`;
    this.#send("INVITE", call, CONTACT + BODY);
    return { hangUp: () => { this.#send("BYE", call, "Content-Length: 0\r\n\r\n"); } };
  }

  #receive(message: string): void {
    if (message.startsWith("SIP/2.0 ")) this.#onResponse(message);
    else this.#onRequest(message);
  }

  #onResponse(message: string): void {
    const call = field(message, "Call-ID");
    const cseq = field(message, "CSeq");
    if (message.startsWith("SIP/2.0 183")) {
      if (message.includes("\r\nRSeq: ")) this.#send("PRACK", call, `RAck: ${field(message, "RSeq")} ${cseq}\r\nContent-Length: 0\r\n\r\n`);
      this.world.heard("progress");
    } else if (message.startsWith("SIP/2.0 180")) {
      this.world.heard("ringing");
    } else if (cseq.endsWith("INVITE") && message.startsWith("SIP/2.0 200")) {
      this.#send("ACK", call, "Content-Length: 0\r\n\r\n");
      this.world.heard("answered");
    } else if (cseq.endsWith("REGISTER")) {
      this.world.heard("registered");
    } else if (cseq.endsWith("BYE")) {
      this.world.heard("ended");
    }
  }

  #onRequest(message: string): void {
    const method = message.slice(0, message.indexOf(" "));
    if (method === "INVITE") {
      this.#invite = message;
      this.world.heard("invite");
    } else if (method === "ACK") {
      this.world.heard("confirmed");
    } else {
      this.#socket?.send(plainResponse(message, "200 OK"));
      this.world.heard(method === "PRACK" ? "prack" : method === "INFO" ? "info" : "ended");
    }
  }

  #answer(status: string, fields = ""): void {
    const bare = plainResponse(this.#invite, status);
    this.#socket?.send(`${bare.slice(0, bare.indexOf("Content-Length"))}${fields}${CONTACT}${BODY}`);
  }

  #send(method: string, call: string, rest: string): void {
    this.#socket?.send(
      `${method} ${CALLEE} SIP/2.0\r\nVia: SIP/2.0/WSS floor.invalid;branch=z9hG4bK${++this.#number}\r\nMax-Forwards: 70\r\n`
      + `From: <${CALLER}>;tag=floor\r\nTo: <${CALLEE}>\r\nCall-ID: ${call}\r\nCSeq: ${this.#number} ${method}\r\n${rest}`,
    );
  }
}
