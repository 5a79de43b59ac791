/** The face on the real engine: the package as it is, with Node's socket and media from a drawer. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { UserAgent } from "../../js/index.js";
import type { CallProgressEvent, PrackOptions, ProgressOptions, UserAgentOptions } from "../../js/index.js";
import { Callee, Caller } from "./far-end.js";
import { drawer, incomingCall, loadEngine, online as connect } from "./real-engine.js";
import { SDP, SipPeer, field } from "./sip-peer.js";

let peer: SipPeer;

before(async () => {
  await loadEngine();
  peer = await SipPeer.start();
});

after(() => { peer.stop(); });

const online = (options?: Partial<UserAgentOptions>): Promise<UserAgent> => connect(peer, options);

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
  const before = ua.trace().length;
  assert.throws(() => ua.call("bob"), TypeError);
  assert.throws(() => ua.call("sip:bob@example.com", { headers: { RAck: "1 1 INVITE" } }), TypeError);
  assert.throws(() => ua.call("sip:bob@example.com", { headers: { "X-A": "1\r\nX-B: 2" } }), TypeError);
  assert.throws(() => ua.message("sip:bob@example.com", "hi", { headers: { "X A": "1" } }), TypeError);
  assert.equal(ua.trace().length, before);
  await ua.close();
});

test("wrong arguments inside a call are TypeErrors as well, and nothing is sent", async () => {
  const ua = await online({ prack: "manual" });
  const invited = incomingCall(ua);
  const [bob, called] = [new Caller(peer), ua.call("sip:bob@example.com")];
  const ringing = new Promise<CallProgressEvent>((resolve) => { called.addEventListener("progress", resolve, { once: true }); });
  (await Callee.of(peer)).progress("180 Ringing", 1);
  bob.invite();
  const [call, event] = [await invited, await ringing];
  const before = ua.trace().length;
  const wrong: unknown[] = [
    { reliable: "yes" }, { sdp: SDP }, { queue: 0 }, { reason: 7 }, { reason: "a\r\nb" }, { headers: { RSeq: "1" } }, { headers: { Require: "100rel" } },
  ];
  for (const options of wrong) assert.throws(() => call.progress(options as ProgressOptions), TypeError, JSON.stringify(options));
  const pracks: unknown[] = [{ offer: SDP }, { body: 1 }, { contentType: 1 }, { headers: { RAck: "1 1 INVITE" } }, { headers: { "X-A": "1\r\nX-B: 2" } }];
  for (const options of pracks) assert.throws(() => event.prack(options as PrackOptions), TypeError, JSON.stringify(options));
  assert.throws(() => ua.call("sip:bob@example.com", { prack: "never" as "auto" }), TypeError);
  assert.equal(ua.trace().length, before);
  await ua.close();
});

test("a call: reliable 183, PRACK, 200, ACK, BYE, and what the application sees of it", async () => {
  const applied: string[] = [];
  const ua = await online({ media: { handler: drawer(applied) } });
  const call = ua.call("sip:bob@example.com");
  const seen: string[] = [];
  call.addEventListener("progress", (event) => seen.push(`${event.status} ${String(event.rseq)} ${String(event.earlyMedia)}`));
  call.addEventListener("prackresponse", ({ rseq }) => seen.push(`prack ${rseq}`));
  const bob = await Callee.of(peer);
  assert.match(field(bob.invite, "Supported"), /100rel/);
  bob.progress("183 Session Progress", 77, SDP);
  assert.equal(field(await bob.prack(), "RAck"), `77 ${field(bob.invite, "CSeq")}`);
  await bob.accept();
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
    const bob = await Callee.of(peer);
    const id = field(bob.invite, "Call-ID");
    const pracks = (messages: string[]): number => messages.filter((text) => text.startsWith("PRACK") && text.includes(id)).length;
    const sentBefore: number[] = [];
    call.addEventListener("progress", ({ status }) => {
      sentBefore.push(pracks(ua.trace().map(({ text }) => text)));
      throw new Error(`a mistake at ${status}`);
    });
    bob.progress("183 Session Progress", 100);
    await bob.prack();
    bob.progress("180 Ringing", 101);
    assert.equal(field(await bob.prack(), "RAck"), `101 ${field(bob.invite, "CSeq")}`);
    await bob.accept(SDP);
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
  const invited = incomingCall(ua);
  const bob = new Caller(peer);
  bob.invite(["Require: 100rel"]);
  const call = await invited;
  assert.deepEqual([call.remote.uri, call.peerRel100], ["sip:bob@example.com", "required"]);
  await assert.rejects(call.progress({ reliable: false }), { name: "Rel100Error", code: "required" });
  const acknowledged = call.progress({ code: 183 });
  const response = await bob.response(183);
  await bob.prack(response, "", ["X-Said: yes"]);
  const { rseq, prack } = await acknowledged;
  assert.equal(rseq, Number(field(response, "RSeq")));
  assert.deepEqual(prack?.headers.find(([name]) => name === "X-Said"), ["X-Said", "yes"]);
  call.reject({ status: 486 });
  await bob.response(486);
  bob.ack("", true);
  assert.equal((await call.ended).by, "local");
  await ua.close();
});

test("a call that is cancelled settles what was waiting in it", async () => {
  const ua = await online();
  const invited = incomingCall(ua);
  const bob = new Caller(peer);
  bob.invite();
  const call = await invited;
  const first = call.progress({ code: 183 });
  await bob.response(183);
  const [second, accepting] = [call.progress(), call.accept()];
  bob.cancel();
  for (const waiting of [first, second]) await assert.rejects(waiting, { name: "Rel100Error" });
  await assert.rejects(accepting, { name: "SipError", code: "cancelled" });
  assert.equal((await call.ended).cause, "cancelled");
  await ua.close();
});
