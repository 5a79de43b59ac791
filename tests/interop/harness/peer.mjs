// A scripted SIP peer on UDP: it says what the case tells it to say, when the case says so, and
// notes when everything came. It answers nothing by itself but INVITEs, with 100.
import { createSocket } from "node:dgram";
import { answerChallenge } from "./digest.mjs";
import { Inbox } from "./inbox.mjs";
import { plain, webrtc } from "./sdp.mjs";
import { Message, addresses, param, respell, unique, write } from "./sip.mjs";

const HOST = "127.0.0.1";

/** A peer with a socket of its own. */
export class Peer {
  #socket = createSocket("udp4");
  #registrar;
  #seen = new Set();
  /** Everything that came, repetitions too, with the time of arrival. */
  arrived = [];
  /** What came for the first time. */
  inbox;

  constructor(user, { domain, registrar }) {
    this.user = user;
    this.domain = domain;
    this.uri = `sip:${user}@${domain}`;
    this.#registrar = registrar;
    this.inbox = new Inbox(user);
  }

  /** Opens the socket. */
  async open() {
    this.#socket.on("message", (octets) => this.#receive(new Message(octets)));
    await new Promise((bound) => this.#socket.bind(0, HOST, bound));
    this.port = this.#socket.address().port;
    this.contact = `sip:${this.user}@${HOST}:${this.port}`;
    return this;
  }

  close() {
    return new Promise((closed) => this.#socket.close(closed));
  }

  #receive(message) {
    this.arrived.push(message);
    if (this.#seen.has(message.key) && message.isRequest) return;
    this.#seen.add(message.key);
    if (message.isRequest && message.method === "INVITE") this.send(write("SIP/2.0 100 Trying", answerFields(message)));
    this.inbox.push(message);
  }

  /** Sends octets to the registrar, as they are. */
  send(octets) {
    return new Promise((sent, failed) => {
      this.#socket.send(octets, this.#registrar, HOST, (error) => (error === null ? sent(octets) : failed(error)));
    });
  }

  /** The next request with this method. */
  request(method, within) {
    return this.inbox.take(method, (message) => message.isRequest && message.method === method, within);
  }

  /** The next response to a request of ours. */
  response(status, method, within) {
    const wanted = (message) => message.status === status && (method === undefined || message.method === method);
    return this.inbox.take(`${status} ${method ?? ""}`, wanted, within);
  }

  /** How many requests with this method came, repetitions apart. */
  count(method) {
    return this.inbox.items.filter((message) => message.isRequest && message.method === method).length;
  }

  /** The times in ms, from the first on, at which something like this arrived. */
  times(pattern) {
    const found = this.arrived.filter(({ text }) => pattern.test(text)).map(({ at }) => at);
    return found.map((at) => at - found[0]);
  }

  /**
   * Responds to a request. `rseq` makes a provisional response reliable, `sdp` is its description
   * (true: an answer as any phone would give), `tag` another fork than the usual one, `spell` other
   * names for header fields.
   */
  respond(request, status, { reason = "Fine", rseq, sdp, tag = this.tagFor(request), contact = this.contact, fields = [], spell } = {}) {
    const reliable = rseq === undefined ? [] : [["Require", "100rel"], ["RSeq", rseq]];
    const body = sdp === true ? plain() : sdp;
    const creates = request.method === "INVITE" && status > 100 && status < 300;
    const octets = write(`SIP/2.0 ${status} ${reason}`, [
      ...answerFields(request, tag),
      ...(creates || request.method === "UPDATE" ? [["Contact", `<${contact}>`], ["Allow", "INVITE, ACK, BYE, CANCEL, PRACK, UPDATE, OPTIONS, MESSAGE"]] : []),
      ...reliable, ...fields,
      body === undefined ? undefined : ["Content-Type", "application/sdp"],
    ], body);
    return this.send(spell === undefined ? octets : respell(octets, spell));
  }

  /** The tag of ours in the dialog of an incoming request. */
  tagFor(request) {
    return request.toTag ?? `${this.user}-${request.get("call-id").length}-${request.fromTag}`;
  }

  /** Requests of ours in the dialog of a call that came in; `request` is any one of that dialog. */
  within(invite, request = invite) {
    const call = new PeerCall(this, invite.target, this.uri);
    call.adoptIncoming(invite, this.tagFor(invite), request);
    return call;
  }

  /** Registers this contact, or another, for the user. */
  async register(password, { contact = this.contact, expires = 600 } = {}) {
    const callId = unique("register");
    const ask = (cseq, extra = []) => this.send(write(`REGISTER sip:${this.domain} SIP/2.0`, [
      this.#via(), ["Max-Forwards", 70], ["From", `<${this.uri}>;tag=${callId}`], ["To", `<${this.uri}>`],
      ["Call-ID", callId], ["CSeq", `${cseq} REGISTER`], ["Contact", `<${contact}>`], ["Expires", expires], ...extra,
    ]));
    await ask(1);
    const challenge = await this.response(401, "REGISTER");
    await ask(2, [answerChallenge(challenge.get("www-authenticate"), { method: "REGISTER", uri: `sip:${this.domain}`, username: this.user, password })]);
    return this.response(200, "REGISTER");
  }

  /**
   * Sends a request outside a dialog, as somebody of another domain; an INVITE begins a call.
   * `fields` come last, `sdp` is the offer.
   */
  async begin(method, target, { sdp, fields = [], body = sdp, type = "application/sdp", spell, from = `sip:${this.user}@elsewhere.test` } = {}) {
    const call = new PeerCall(this, target, from);
    await call.request(method, { body, type, fields, spell });
    return call;
  }

  /** An INVITE with an offer that a browser could have made (null: without), and 100rel in Supported (null: nowhere). */
  invite(target, { rel100 = "Supported", sdp = webrtc(), fields = [], ...rest } = {}) {
    const extension = rel100 === null ? [] : [[rel100, "100rel"]];
    const allow = ["Allow", "INVITE, ACK, BYE, CANCEL, PRACK, UPDATE"];
    return this.begin("INVITE", target, { sdp: sdp ?? undefined, fields: [...extension, allow, ...fields], ...rest });
  }

  #via(branch = `z9hG4bK${unique("b")}`) {
    return ["Via", `SIP/2.0/UDP ${HOST}:${this.port};rport;branch=${branch}`];
  }

  /** @internal for PeerCall */
  via(branch) {
    return this.#via(branch);
  }
}

/** A call that the peer began: what one dialog needs, and nothing that would hinder a case. */
export class PeerCall {
  #cseq = 0;
  #invite;
  route = [];

  constructor(peer, target, from) {
    this.peer = peer;
    this.target = target;
    this.callId = unique("call");
    this.from = `<${from}>;tag=${unique("t")}`;
    this.to = `<${target}>`;
  }

  /** Sends a request in this dialog (or to begin it); gives the octets, to be sent again. */
  request(method, { body, type = "application/sdp", fields = [], cseq = (this.#cseq += 1), branch, to = this.to, spell } = {}) {
    this.#cseq = Math.max(this.#cseq, method === "ACK" ? 0 : cseq);
    const sent = { cseq, branch: branch ?? `z9hG4bK${unique("b")}`, uri: this.target };
    if (method === "INVITE") this.#invite = sent;
    const octets = write(`${method} ${this.target} SIP/2.0`, [
      this.peer.via(sent.branch), ["Max-Forwards", 70], ...this.route.map((one) => ["Route", one]),
      ["From", this.from], ["To", to], ["Call-ID", this.callId], ["CSeq", `${cseq} ${method}`],
      ["PRACK", "CANCEL", "BYE"].includes(method) ? undefined : ["Contact", `<${this.peer.contact}>`], ...fields,
      body === undefined ? undefined : ["Content-Type", type],
    ], body);
    return this.peer.send(spell === undefined ? octets : respell(octets, spell));
  }

  /** The next response of this call; the first one with a To tag makes the dialog. */
  async response(status, method = "INVITE", within) {
    const wanted = (message) => message.status === status && message.method === method && message.get("call-id") === this.callId;
    const message = await this.peer.inbox.take(`${status} to ${method}`, wanted, within);
    if (method === "INVITE" && status > 100 && status < 300) this.#adopt(message);
    return message;
  }

  /** Takes over the dialog of an INVITE that came in, in the other direction. */
  adoptIncoming(invite, tag, { toTag = tag }) {
    this.callId = invite.get("call-id");
    this.to = invite.get("from");
    this.from = `${invite.get("to")};tag=${toTag}`;
    this.route = addresses(invite.all("record-route"));
    this.#cseq = 100;
  }

  /** A re-INVITE leaves the route set as it is (RFC 3261 section 12.2). */
  #adopt(message) {
    const begins = param(this.to, "tag") !== message.toTag;
    this.to = message.get("to");
    if (begins) this.route = addresses(message.all("record-route")).reverse();
    if (message.target !== undefined && message.target !== "") this.target = message.target;
  }

  /** Acknowledges a reliable response: rightly, unless the case says otherwise. */
  prack(response, { rack = `${response.rseq} ${response.cseq} INVITE`, ...options } = {}) {
    return this.request("PRACK", { ...options, fields: [["RAck", rack], ...(options.fields ?? [])] });
  }

  /** Acknowledges the 2xx. */
  ack(options = {}) {
    return this.request("ACK", { cseq: this.#invite.cseq, ...options });
  }

  /** Cancels the INVITE: to the same place, with its branch. */
  cancel(options = {}) {
    const { cseq, branch, uri } = this.#invite;
    return this.peer.send(write(`CANCEL ${uri} SIP/2.0`, [
      this.peer.via(branch), ["Max-Forwards", 70], ["From", this.from], ["To", `<${uri}>`],
      ["Call-ID", this.callId], ["CSeq", `${cseq} CANCEL`], ...(options.fields ?? []),
    ]));
  }

  /** Ends the call, and sees that the other side agrees. */
  async bye() {
    await this.request("BYE");
    return this.response(200, "BYE");
  }
}

/** What a response repeats of its request. */
function answerFields(request, tag) {
  const copied = ["via", "from", "to", "call-id", "cseq"].flatMap((name) => request.all(name).map((value) => [name, value]));
  const routes = tag === undefined ? [] : request.all("record-route").map((value) => ["Record-Route", value]);
  return [...copied.map(([name, value]) => [name, name === "to" && tag !== undefined && request.toTag === undefined ? `${value};tag=${tag}` : value]), ...routes];
}
