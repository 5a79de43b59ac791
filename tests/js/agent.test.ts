/** The user agent: arguments, connection, registration, requests, and its own end. */

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Rel100Error, SipError, UserAgent } from "../../js/index.js";
import type { UserAgentOptions } from "../../js/index.js";
import { OPTIONS, agentOn, connected, connection, ended, incoming, party, record, settled, turn } from "./fake-engine.js";

/** The platform reports what a listener throws here; the test runner must not see it. */
function nextUncaught(): Promise<unknown> {
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  return new Promise((resolve) => {
    process.once("uncaughtException", (error) => {
      for (const other of others) process.on("uncaughtException", other);
      resolve(error);
    });
  });
}

const RESPONSE = { status: 200, reason: "OK", headers: "Expires:600", body: undefined };

test("options of the wrong shape throw a TypeError at once", () => {
  const wrong: unknown[] = [
    { uri: "alice" }, { uri: "tel:+15" }, { servers: [] }, { servers: "https://example.com" }, { servers: [7] },
    { servers: [{ url: "ws://a", weight: -1 }] },
    { rel100: "always" }, { prack: "never" }, { prackDeadline: 999 }, { prackDeadline: 30_001 }, { acceptChangedAnswer: "yes" },
    { reinvites: "never" }, { maxRinging: 0 }, { extensions: [7] }, { onFork: "both" }, { registerExpires: 0 }, { registerExpires: 1.5 },
    { t1: 100 }, { sessionTimer: 89 }, { sessionTimer: 90.5 }, { sessionTimer: "1800" }, { credentials: { username: "" } },
  ];
  for (const options of wrong) {
    assert.throws(() => new UserAgent({ ...OPTIONS, ...(options as Partial<UserAgentOptions>) }), TypeError, JSON.stringify(options));
  }
});

test("the configuration of the core; the options keep their defaults", async () => {
  const { engine } = await connected({ servers: "ws://localhost:1", credentials: { username: "alice", password: "x" } });
  const { config } = engine;
  assert.deepEqual(config.servers, [{ url: "ws://localhost:1" }]);
  assert.deepEqual(config.credentials, { username: "alice", password: "x" });
  assert.deepEqual([config.rel100, config.reliableProgress, config.onFork, config.askCredentials], ["supported", "always", "hangUp", false]);
  assert.deepEqual([config.prack, config.prackDeadline, config.acceptChangedAnswer], ["auto", undefined, false]);
  assert.equal(config.sessionTimer, undefined);
  assert.equal((await connected({ sessionTimer: 90 })).engine.config.sessionTimer, 90);
});

test("connect() makes one engine and resolves when the connection is there", async () => {
  const { ua, engines } = agentOn();
  let there = 0;
  const both = Promise.all([ua.connect().then(() => there++), ua.connect().then(() => there++)]);
  await turn();
  const [engine] = engines;
  assert.ok(engine);
  await engine.tell(connection("connecting"));
  assert.equal(there, 0);
  await engine.tell(connection("connected"));
  await both;
  await ua.connect();
  assert.deepEqual([engines.length, ua.connection], [1, "connected"]);
});

test("connect() rejects after one round over the servers; the trying goes on", async () => {
  const { ua, engines } = agentOn({ servers: ["wss://one.example.com", "wss://two.example.com"] });
  const opening = ua.connect();
  const outcome = assert.rejects(opening, { name: "SipError", code: "connection" });
  await turn();
  const [engine] = engines;
  assert.ok(engine);
  const seen = record(ua, "connection");
  await engine.tell(connection("connecting"), connection("disconnected", 0), connection("connecting"));
  await engine.tell(connection("disconnected", 2000));
  await outcome;
  await engine.tell(connection("connecting"), connection("connected"));
  assert.equal(ua.connection, "connected");
  assert.equal(seen.length, 6);
});

test("the end of an older connection does not fail a new connect()", async () => {
  const { ua, engine } = await connected();
  ua.disconnect();
  const again = ua.connect();
  await turn();
  await engine.tell(connection("disconnected"), connection("connecting"), connection("connected"));
  await again;
  assert.deepEqual(engine.commands, ["connect", "disconnect", "connect"]);
});

test("aborting connect() disconnects; aborting later does nothing", async () => {
  const { ua, engines } = agentOn();
  const controller = new AbortController();
  const opening = ua.connect({ signal: controller.signal });
  await turn();
  controller.abort();
  await assert.rejects(opening, { name: "AbortError" });
  const [engine] = engines;
  assert.ok(engine);
  assert.deepEqual(engine.commands, ["connect", "disconnect"]);
  const later = new AbortController();
  const again = ua.connect({ signal: later.signal });
  await turn();
  await engine.tell(connection("connecting"), connection("connected"));
  await again;
  later.abort();
  assert.equal(engine.commands.at(-1), "connect");
});

test("aborting connect() before there is an engine keeps it from connecting", async () => {
  const { ua, engines } = agentOn();
  const controller = new AbortController();
  const opening = ua.connect({ signal: controller.signal });
  controller.abort();
  await assert.rejects(opening, { name: "AbortError" });
  await turn();
  assert.deepEqual(engines[0]?.commands, ["disconnect"]);
});

test("an engine that cannot be had can be tried again", async () => {
  let attempts = 0;
  const { ua } = agentOn({ engine: () => {
    attempts += 1;
    return Promise.reject(new SipError("load-failed", "no file"));
  } });
  await assert.rejects(ua.connect(), { code: "load-failed" });
  await assert.rejects(ua.connect(), { code: "load-failed" });
  assert.equal(attempts, 2);
});

test("before connect() nothing can be asked", async () => {
  const { ua } = agentOn();
  assert.throws(() => ua.call("sip:bob@example.com"), { code: "not-connected" });
  await assert.rejects(ua.register(), { code: "not-connected" });
  await assert.rejects(ua.message("sip:bob@example.com", "hi"), { code: "not-connected" });
  assert.deepEqual(ua.trace(), []);
});

test("register() settles on the registrar's response", async () => {
  const { ua, engine } = await connected();
  const registering = ua.register({ expires: 60 });
  const { request, expires } = engine.last("register");
  assert.equal(expires, 60);
  await engine.tell({ type: "registration", state: "registered", expires: 60, retryIn: undefined, failure: undefined }, settled(request, { response: RESPONSE }));
  assert.deepEqual(await registering, { ...RESPONSE, headers: [["Expires", "600"]] });
  assert.equal(ua.registration, "registered");
  const again = ua.register();
  const failure = { cause: "unauthorized" as const, status: 403, reason: "Forbidden", retryAfter: 5 };
  await engine.tell(settled(engine.last("register").request, { failure }));
  await assert.rejects(again, { code: "unauthorized", status: 403, reasonPhrase: "Forbidden", retryAfter: 5 });
});

test("a refusal named invalid-... is a TypeError at once, any other a SipError", async () => {
  const both = await connected();
  const { ua, engine } = both;
  engine.refuse = () => ({ code: "invalid-uri", message: "not a URI" });
  assert.throws(() => ua.call("bob"), { name: "TypeError", message: "not a URI" });
  assert.throws(() => { void ua.message("bob", "hi"); }, TypeError);
  engine.refuse = () => ({ code: "not-connected", message: "no connection" });
  assert.throws(() => ua.call("sip:bob@example.com"), { name: "SipError", code: "not-connected" });
  await assert.rejects(ua.options("sip:bob@example.com"), { name: "SipError", code: "not-connected" });
  engine.refuse = undefined;
  const call = await incoming(both);
  engine.refuse = () => ({ code: "final-sent", message: "too late" });
  assert.throws(() => { call.reject({ status: 486 }); }, Rel100Error);
});

test("arguments of the wrong shape never reach the core", async () => {
  const both = await connected();
  const { ua, engine } = both;
  const call = await incoming(both);
  const before = engine.commands.length;
  const wrong: (() => unknown)[] = [
    () => ua.call(""), () => ua.call("sip:bob@example.com", { noAnswerTimeout: -1 }),
    () => ua.call("sip:bob@example.com", { headers: { "X-A": 7 as unknown as string } }),
    () => ua.message("sip:bob@example.com", 7 as unknown as string), () => ua.options(""),
    () => ua.register({ expires: 0.5 }), () => { call.reject({ status: 200 }); }, () => call.progress({ code: 18.3 }),
  ];
  for (const ask of wrong) assert.throws(ask, TypeError, ask.toString());
  assert.equal(engine.commands.length, before);
});

test("MESSAGE and OPTIONS: the response, or the failure; aborting gives the promise up", async () => {
  const { ua, engine } = await connected();
  const sending = ua.message("sip:bob@example.com", "hello", { contentType: "text/html", headers: new Map([["X-A", "1"]]) });
  const { request, ...rest } = engine.last("request");
  assert.deepEqual(rest, { method: "MESSAGE", target: "sip:bob@example.com", options: { body: "hello", contentType: "text/html", headers: [["X-A", "1"]] } });
  await engine.tell(settled(request, { response: { ...RESPONSE, status: 202 } }));
  assert.equal((await sending).status, 202);
  const controller = new AbortController();
  const asking = ua.options("sip:bob@example.com", { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(asking, /enough/);
  await engine.tell(settled(engine.last("request").request, { response: RESPONSE }));
});

test("a function gives the credentials when the core asks", async () => {
  const asked: unknown[] = [];
  const { engine, ua } = await connected({ credentials: async (challenge) => {
    asked.push(challenge);
    if (challenge.status === 407) throw new Error("closed the dialog");
    return Promise.resolve({ username: "alice", password: "secret" });
  } });
  assert.equal(engine.config.askCredentials, true);
  const errors = record(ua, "error");
  await engine.tell({ type: "challenge", token: 4, realm: "example.com", algorithm: "SHA-256", status: 401 });
  assert.deepEqual(asked, [{ realm: "example.com", algorithm: "SHA-256", status: 401 }]);
  assert.deepEqual(engine.last("credentials"), { token: 4, credentials: { username: "alice", password: "secret" } });
  await engine.tell({ type: "challenge", token: 5, realm: "proxy", algorithm: "MD5", status: 407 });
  assert.deepEqual(engine.last("credentials"), { token: 5, credentials: undefined });
  assert.equal(errors.length, 1);
});

test("messages, traces and diagnostics are told", async () => {
  const { ua, engine } = await connected({ trace: true });
  assert.deepEqual(engine.last("trace"), { live: true });
  const call = ua.call("sip:bob@example.com");
  const told: unknown[] = [];
  ua.addEventListener("message", (event) => told.push([event.from.uri, event.body]));
  ua.addEventListener("trace", ({ entry }) => told.push([entry.direction, entry.text]));
  ua.addEventListener("diagnostic", (event) => told.push([event.code, event.severity, event.call]));
  await engine.tell(
    { type: "message", from: party("sip:bob@example.com"), body: "hello", contentType: undefined, headers: "" },
    { type: "trace", at: 5, direction: "received", flow: 0, text: "SIP/2.0 200 OK", fault: undefined },
    { type: "diagnostic", call: 1, severity: "warning", code: "rseq-gap" },
  );
  assert.deepEqual(told, [["sip:bob@example.com", "hello"], ["received", "SIP/2.0 200 OK"], ["rseq-gap", "warning", call]]);
  assert.equal(ua.trace().length, 1);
});

test("an exception in a listener changes nothing for the others", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  const thrown = nextUncaught();
  call.addEventListener("ended", () => { throw new Error("a listener's bug"); });
  const seen = record(call, "ended");
  await engine.tell(ended(1), { type: "message", from: party("sip:bob@example.com"), body: "next", contentType: undefined, headers: "" });
  assert.match(String(await thrown), /a listener's bug/);
  assert.equal(seen.length, 1);
  assert.equal((await call.ended).cause, "bye");
});

test("a trap in a command ends everything, in words", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  const registering = ua.register();
  const seen = record(ua, "error");
  const trap = new Error("unreachable");
  engine.refuse = () => { throw trap; };
  assert.throws(() => ua.call("sip:carol@example.com"), { code: "engine-failed", cause: trap });
  const end = await call.ended;
  assert.deepEqual([end.by, end.cause, call.state], ["system", "engine-failed", "ended"]);
  await assert.rejects(call.answered, { code: "engine-failed" });
  await assert.rejects(registering, { code: "engine-failed" });
  assert.deepEqual([seen.length, engine.closed, ua.connection, ua.registration], [1, 1, "disconnected", "unregistered"]);
  await assert.rejects(ua.connect(), { code: "engine-failed" });
  assert.throws(() => ua.call("sip:carol@example.com"), { code: "engine-failed" });
  await ua.close();
});

test("a trap while a frame came in is found by the notification", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  const seen = record(ua, "error");
  engine.broken = new Error("the engine has failed");
  await engine.tell();
  assert.equal((await call.ended).cause, "engine-failed");
  assert.equal(seen.length, 1);
});

test("close() hangs up, unregisters, disconnects and frees, in this order", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  await engine.tell({ type: "registration", state: "registered", expires: 60, retryIn: undefined, failure: undefined });
  const closing = ua[Symbol.asyncDispose]();
  assert.throws(() => ua.call("sip:bob@example.com"), { code: "closed" });
  await engine.tell(ended(1, { by: "local", cause: "cancelled" }));
  await engine.tell(settled(engine.last("unregister").request));
  await closing;
  assert.deepEqual(engine.commands.slice(-3).map((command) => (typeof command === "string" ? command : Object.keys(command)[0])), ["hangup", "unregister", "disconnect"]);
  assert.equal(engine.closed, 1);
  assert.equal((await call.ended).cause, "cancelled");
  assert.equal(ua.close(), ua.close());
});

test("close() waits two seconds at most for a silent server", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  const message = ua.message("sip:bob@example.com", "hi");
  const rejected = assert.rejects(message, { code: "closed" });
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const closing = ua.close();
    mock.timers.tick(2000);
    await closing;
  } finally {
    mock.timers.reset();
  }
  await rejected;
  assert.equal((await call.ended).cause, "closed");
  assert.equal(engine.closed, 1);
});

test("a call that comes while closing is turned away", async () => {
  const { ua, engine } = await connected();
  ua.call("sip:bob@example.com");
  const seen = record(ua, "invite");
  const closing = ua.close();
  await engine.tell({ type: "invite", call: 2 ** 31, from: party("sip:bob@example.com"), to: party(OPTIONS.uri), peerRel100: "none", offer: true, headers: "" });
  assert.deepEqual(engine.last("reject"), { call: 2 ** 31 });
  assert.equal(seen.length, 0);
  await engine.tell(ended(1));
  await closing;
});
