/** The face on the real engine: the package as it is, with Node's socket and media from a drawer. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { UserAgent, load } from "../../js/index.js";
import type { Call, MediaContext, MediaHandler, UserAgentOptions } from "../../js/index.js";
import { define } from "./fake-rtc.js";
import { SipPeer, field, ws } from "./sip-peer.js";

const SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n";
const DESCRIBED = ["Content-Type: application/sdp"];

/** In a browser an error that nobody listens for is none. */
class QuietWebSocket extends ws.WebSocket {
  constructor(address: string, protocols: string[]) {
    super(address, protocols);
    this.on("error", () => undefined);
  }
}

let peer: SipPeer;

before(async () => {
  define("WebSocket", QuietWebSocket);
  await load(readFileSync("dist/prackle.wasm"));
  peer = await SipPeer.start();
});

after(() => { peer.stop(); });

/** Media that has its descriptions ready, and writes down the peer's. */
function drawer(applied: string[] = []): (context: MediaContext) => MediaHandler {
  return () => ({
    localStream: undefined,
    remoteStream: undefined,
    peerConnection: undefined,
    createOffer: () => Promise.resolve(SDP),
    createAnswer: () => Promise.resolve(SDP),
    setRemote: ({ kind, commit }) => {
      applied.push(`${kind} ${String(commit)}`);
      return Promise.resolve();
    },
    rollback: () => Promise.resolve(),
    endDialog: () => undefined,
    commit: (dialog) => {
      applied.push(`commit ${dialog}`);
      return Promise.resolve();
    },
    hold: () => undefined,
    close: () => { applied.push("close"); },
  });
}

async function online(options: Partial<UserAgentOptions> = {}): Promise<UserAgent> {
  const ua = new UserAgent({ uri: "sip:alice@example.com", servers: peer.url, media: { handler: drawer() }, ...options });
  await ua.connect();
  return ua;
}

test("what the core refuses to be configured with is a TypeError of connect()", async () => {
  const ua = new UserAgent({ uri: "sip:alice@exa mple.com", servers: peer.url });
  await assert.rejects(ua.connect(), TypeError);
});

test("a server that is not there is a SipError, and close() ends the trying", async () => {
  const ua = new UserAgent({ uri: "sip:alice@example.com", servers: "ws://127.0.0.1:9" });
  await assert.rejects(ua.connect(), { name: "SipError", code: "connection" });
  await ua.close();
  assert.equal(ua.connection, "disconnected");
});

test("register() sends a REGISTER and resolves with its 200; close() takes the registration back", async () => {
  const ua = await online();
  const registering = ua.register({ expires: 300 });
  const request = await peer.next("REGISTER sip:example.com");
  peer.respond(request, "200 OK", [`Contact: ${field(request, "Contact")};expires=300`]);
  assert.equal((await registering).status, 200);
  const closing = ua.close();
  const removal = await peer.next("REGISTER");
  assert.match(removal, /expires[=:] ?0/i);
  peer.respond(removal, "200 OK");
  await closing;
});

test("wrong arguments are TypeErrors, and nothing is sent", async () => {
  const ua = await online();
  const before = peer.received.length;
  assert.throws(() => ua.call("bob"), TypeError);
  assert.throws(() => ua.call("sip:bob@example.com", { headers: { RAck: "1 1 INVITE" } }), TypeError);
  assert.throws(() => ua.call("sip:bob@example.com", { headers: { "X-A": "1\r\nX-B: 2" } }), TypeError);
  assert.throws(() => ua.message("sip:bob@example.com", "hi", { headers: { "X A": "1" } }), TypeError);
  assert.equal(peer.received.length, before);
  await ua.close();
});

test("a call: reliable 183, PRACK, 200, ACK, BYE, and what the application sees of it", async () => {
  const applied: string[] = [];
  const ua = await online({ media: { handler: drawer(applied) } });
  const call = ua.call("sip:bob@example.com");
  const seen: string[] = [];
  call.addEventListener("progress", (event) => seen.push(`${event.status} ${String(event.rseq)} ${String(event.earlyMedia)}`));
  call.addEventListener("prackresponse", ({ rseq }) => seen.push(`prack ${rseq}`));
  const invite = await peer.next("INVITE sip:bob@example.com");
  assert.match(field(invite, "Supported"), /100rel/);
  const contact = "Contact: <sip:bob@127.0.0.1;transport=ws>";
  peer.respond(invite, "183 Session Progress", [contact, "Require: 100rel", "RSeq: 77", ...DESCRIBED], SDP);
  const prack = await peer.next("PRACK");
  assert.equal(field(prack, "RAck"), `77 ${field(invite, "CSeq")}`);
  peer.respond(prack, "200 OK");
  peer.respond(invite, "200 OK", [contact]);
  await peer.next("ACK");
  assert.equal((await call.answered).status, 200);
  const ending = call.hangup();
  peer.respond(await peer.next("BYE"), "200 OK");
  const end = await ending;
  assert.deepEqual([end.by, end.cause], ["local", "bye"]);
  assert.deepEqual(seen, ["183 77 true", "prack 77"]);
  assert.deepEqual(applied, ["answer false", "commit 0", "close"]);
  await ua.close();
});

test("P-151 a listener throws: the PRACK was sent, and what follows is handled", async () => {
  const thrown: unknown[] = [];
  process.setUncaughtExceptionCaptureCallback((error) => thrown.push(error.message));
  try {
    const ua = await online();
    const call = ua.call("sip:bob@example.com");
    const invite = await peer.next("INVITE");
    const contact = "Contact: <sip:bob@127.0.0.1;transport=ws>";
    const respond = (status: string, rseq: number): void => { peer.respond(invite, status, [contact, "Require: 100rel", `RSeq: ${rseq}`]); };
    const pracks = (messages: string[]): number => messages.filter((text) => text.startsWith("PRACK") && text.includes(field(invite, "Call-ID"))).length;
    const sentBefore: number[] = [];
    call.addEventListener("progress", ({ status }) => {
      sentBefore.push(pracks(ua.trace().map(({ text }) => text)));
      throw new Error(`a mistake at ${status}`);
    });
    respond("183 Session Progress", 100);
    peer.respond(await peer.next("PRACK"), "200 OK");
    respond("180 Ringing", 101);
    const second = await peer.next("PRACK");
    assert.equal(field(second, "RAck"), `101 ${field(invite, "CSeq")}`);
    peer.respond(second, "200 OK");
    peer.respond(invite, "200 OK", [contact, ...DESCRIBED], SDP);
    await peer.next("ACK");
    assert.equal((await call.answered).status, 200);
    assert.deepEqual(sentBefore, [1, 2]);
    assert.equal(pracks(peer.received), 2);
    assert.deepEqual(thrown, ["a mistake at 183", "a mistake at 180"]);
    await ua.close();
  } finally {
    process.setUncaughtExceptionCaptureCallback(null);
  }
});

test("busy: `answered` rejects with status and phrase", async () => {
  const ua = await online();
  const call = ua.call("sip:bob@example.com");
  peer.respond(await peer.next("INVITE"), "486 Busy Here", ["Retry-After: 20"]);
  await assert.rejects(call.answered, { name: "SipError", code: "busy", status: 486, reasonPhrase: "Busy Here", retryAfter: 20 });
  await ua.close();
});

test("aborting a call that rings is CANCEL", async () => {
  const ua = await online();
  const controller = new AbortController();
  const call = ua.call("sip:bob@example.com", { signal: controller.signal });
  const invite = await peer.next("INVITE");
  const ringing = new Promise((resolve) => { call.addEventListener("progress", resolve, { once: true }); });
  peer.respond(invite, "180 Ringing");
  await ringing;
  controller.abort();
  peer.respond(await peer.next("CANCEL"), "200 OK");
  peer.respond(invite, "487 Request Terminated");
  await assert.rejects(call.answered, { code: "cancelled" });
  await ua.close();
});

test("an incoming call: progress() resolves with the PRACK that acknowledged it", async () => {
  const ua = await online();
  const invited = new Promise<Call>((resolve) => { ua.addEventListener("invite", ({ call }) => { resolve(call); }, { once: true }); });
  const head = (method: string, cseq: number, to: string): string[] => [
    `${method} sip:alice@example.com SIP/2.0`, `Via: SIP/2.0/WS peer.invalid;branch=z9hG4bK${method}${cseq}`, "Max-Forwards: 70",
    "From: <sip:bob@example.com>;tag=b", `To: <sip:alice@example.com>${to}`, "Call-ID: incoming@peer", `CSeq: ${cseq} ${method}`,
    "Contact: <sip:bob@peer.invalid;transport=ws>",
  ];
  peer.send([...head("INVITE", 1, ""), "Require: 100rel", ...DESCRIBED, `Content-Length: ${SDP.length}`, "", SDP].join("\r\n"));
  const call = await invited;
  assert.deepEqual([call.remote.uri, call.peerRel100], ["sip:bob@example.com", "required"]);
  await assert.rejects(call.progress({ reliable: false }), { name: "Rel100Error", code: "required" });
  const acknowledged = call.progress({ code: 183 });
  const progress = await peer.next("SIP/2.0 183");
  const rseq = field(progress, "RSeq");
  const tag = /;tag=[^;\s]+/.exec(field(progress, "To"))?.[0] ?? "";
  peer.send([...head("PRACK", 2, tag), `RAck: ${rseq} 1 INVITE`, "X-Said: yes", "Content-Length: 0", "", ""].join("\r\n"));
  const { rseq: acknowledgedNumber, prack } = await acknowledged;
  assert.equal(acknowledgedNumber, Number(rseq));
  assert.deepEqual(prack?.headers.find(([name]) => name === "X-Said"), ["X-Said", "yes"]);
  call.reject({ status: 486 });
  await peer.next("SIP/2.0 486");
  peer.send([...head("ACK", 1, tag), "Content-Length: 0", "", ""].join("\r\n").replace("z9hG4bKACK1", "z9hG4bKINVITE1"));
  assert.equal((await call.ended).by, "local");
  await ua.close();
});

test("a call that is cancelled settles what was waiting in it", async () => {
  const ua = await online();
  const invited = new Promise<Call>((resolve) => { ua.addEventListener("invite", ({ call }) => { resolve(call); }, { once: true }); });
  const head = (method: string): string[] => [
    `${method} sip:alice@example.com SIP/2.0`, "Via: SIP/2.0/WS peer.invalid;branch=z9hG4bKtwo", "Max-Forwards: 70",
    "From: <sip:bob@example.com>;tag=c", "To: <sip:alice@example.com>", "Call-ID: cancelled@peer", `CSeq: 1 ${method}`,
  ];
  peer.send([...head("INVITE"), "Contact: <sip:bob@peer.invalid;transport=ws>", "Supported: 100rel", ...DESCRIBED, `Content-Length: ${SDP.length}`, "", SDP].join("\r\n"));
  const call = await invited;
  const first = call.progress({ code: 183 });
  await peer.next("SIP/2.0 183");
  const [second, accepting] = [call.progress(), call.accept()];
  peer.send([...head("CANCEL"), "Content-Length: 0", "", ""].join("\r\n"));
  for (const waiting of [first, second]) await assert.rejects(waiting, { name: "Rel100Error" });
  await assert.rejects(accepting, { name: "SipError", code: "cancelled" });
  assert.equal((await call.ended).cause, "cancelled");
  await ua.close();
});
