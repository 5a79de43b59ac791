/** The far end of a call, as a script: what it sends next is written by name, its numbers are kept. */

import { SDP, entity, field } from "./sip-peer.js";
import type { SipPeer } from "./sip-peer.js";

const CONTACT = "Contact: <sip:bob@peer.invalid;transport=ws>";
const ALLOW = "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE";

let lastCall = 0;

/** Whoever was called by the user agent. Each fork of the call is one, with a tag of its own. */
export class Callee {
  readonly #peer: SipPeer;
  readonly #tag: string;
  #cseq = 0;

  constructor(peer: SipPeer, readonly invite: string, tag = "callee") {
    this.#peer = peer;
    this.#tag = tag;
  }

  /** Waits for the call. */
  static async of(peer: SipPeer, tag?: string): Promise<Callee> {
    return new Callee(peer, await peer.next("INVITE"), tag);
  }

  /** Responds to the INVITE. */
  respond(status: string, body = "", headers: string[] = []): void {
    this.#peer.respond(this.invite, status, [CONTACT, ALLOW, ...headers], body, this.#tag);
  }

  /** Responds to the INVITE provisionally and reliably. */
  progress(status: string, rseq: number, body = "", headers: string[] = []): void {
    this.respond(status, body, ["Require: 100rel", `RSeq: ${rseq}`, ...headers]);
  }

  /** The next PRACK, answered with 200 or as told. */
  async prack(status = "200 OK", body = ""): Promise<string> {
    const prack = await this.#peer.next("PRACK");
    this.#peer.respond(prack, status, [], body);
    return prack;
  }

  /** Answers the call, and waits for the ACK. */
  async accept(body = ""): Promise<void> {
    this.respond("200 OK", body);
    await this.#peer.next("ACK");
  }

  /** Sends a request inside the dialog. */
  request(method: string, body = "", headers: string[] = []): void {
    this.#cseq += 1;
    this.#peer.send([
      `${method} ${field(this.invite, "Contact").replace(/^<|>.*$/g, "")} SIP/2.0`, via(`${this.#tag}${method}${this.#cseq}`),
      `From: ${field(this.invite, "To")};tag=${this.#tag}`, `To: ${field(this.invite, "From")}`,
      `Call-ID: ${field(this.invite, "Call-ID")}`, `CSeq: ${this.#cseq} ${method}`, "Max-Forwards: 70", CONTACT, ...headers, ...entity(body),
    ].join("\r\n"));
  }
}

/** Somebody who calls the user agent. */
export class Caller {
  readonly #peer: SipPeer;
  readonly #id: string;
  #to = "<sip:alice@example.com>";
  #cseq = 0;
  #inviteCseq = 0;

  constructor(peer: SipPeer) {
    this.#peer = peer;
    lastCall += 1;
    this.#id = `call-${lastCall}`;
  }

  /** Calls, or calls again inside the call; with an offer unless told otherwise. */
  invite(headers = ["Supported: 100rel"], body = SDP): void {
    this.request("INVITE", body, headers);
    this.#inviteCseq = this.#cseq;
  }

  /** Waits for a response to the INVITE. */
  async response(status: number): Promise<string> {
    const response = await this.#peer.next(`SIP/2.0 ${status}`);
    this.#to = field(response, "To");
    return response;
  }

  /** Acknowledges a reliable provisional response, and gives the response to that. */
  async prack(response: string, body = "", headers: string[] = []): Promise<string> {
    this.sendPrack(response, body, headers);
    return this.#peer.next("SIP/2.0 200");
  }

  /** The same, for whoever expects no 200. */
  sendPrack(response: string, body = "", headers: string[] = []): void {
    this.request("PRACK", body, [`RAck: ${field(response, "RSeq")} ${this.#inviteCseq} INVITE`, ...headers]);
  }

  /** Acknowledges the final response: as part of the INVITE when that was rejected. */
  ack(body = "", rejected = false): void {
    this.#send("ACK", this.#inviteCseq, rejected ? `INVITE${this.#inviteCseq}` : `ACK${this.#inviteCseq}`, body, []);
  }

  /** Takes the INVITE back. */
  cancel(headers: string[] = []): void {
    this.#send("CANCEL", this.#inviteCseq, `INVITE${this.#inviteCseq}`, "", headers, "<sip:alice@example.com>");
  }

  /** Sends a request inside the call. */
  request(method: string, body = "", headers: string[] = []): void {
    this.#cseq += 1;
    this.#send(method, this.#cseq, `${method}${this.#cseq}`, body, headers);
  }

  #send(method: string, cseq: number, branch: string, body: string, headers: string[], to = this.#to): void {
    this.#peer.send([
      `${method} sip:alice@example.com SIP/2.0`, via(this.#id + branch), "From: <sip:bob@example.com>;tag=caller", `To: ${to}`,
      `Call-ID: ${this.#id}@peer.invalid`, `CSeq: ${cseq} ${method}`, "Max-Forwards: 70", CONTACT, ...headers, ...entity(body),
    ].join("\r\n"));
  }
}

function via(branch: string): string {
  return `Via: SIP/2.0/WS peer.invalid;branch=z9hG4bK${branch}`;
}
