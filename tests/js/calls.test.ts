/** Calls: what is asked of the core, and how promises, states and events follow its events. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rel100Error, SipError } from "../../js/index.js";
import type { CallEndedEvent, CallProgressEvent, CoreEvent, ForkEvent, NoPrackEvent } from "../../js/index.js";
import { INCOMING, accepted, connected, ended, failure, incoming, progress, record, settled, turn } from "./fake-engine.js";

const CALL_EVENTS = [
  "statechange", "progress", "prackresponse", "prackfailed", "prack", "dialogended", "accepted", "confirmed", "renegotiated",
  "info", "cancel", "failed", "ended",
];

test("an outgoing call goes from trying to ended, and each promise settles once", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com", { headers: { "X-A": ["1", "2"] }, rel100: "required" });
  assert.deepEqual(engine.last("call"), {
    call: 1, target: "sip:bob@example.com",
    options: {
      media: "offer", rel100: "required", prack: undefined, rel100Fallback: false, displayName: undefined,
      headers: [["X-A", "1"], ["X-A", "2"]], noAnswerTimeout: undefined,
    },
  });
  const seen = record(call, ...CALL_EVENTS);
  assert.equal(call.state, "trying");
  await engine.tell(progress(1, 180));
  assert.equal(call.state, "ringing");
  await engine.tell(progress(1, 183, { kind: "answer", reliable: true, rseq: 7 }));
  assert.equal(call.state, "early");
  await engine.tell(progress(1, 180, { reliable: true, rseq: 8 }));
  assert.equal(call.state, "early", "early media is not taken back by a ringing");
  await engine.tell(accepted(1), { type: "confirmed", call: 1, dialog: 0 });
  const { status, headers, dialogId } = await call.answered;
  assert.deepEqual({ status, headers, dialogId }, { status: 200, headers: [["Contact", "<sip:bob@host>"]], dialogId: 0 });
  assert.equal(call.state, "confirmed");
  assert.deepEqual(call.dialogs, [{ id: 0, state: "confirmed", rseq: 8 }]);
  assert.deepEqual(ua.calls, [call]);
  await engine.tell(ended(1, { durationMs: 1500 }));
  const end = await call.ended;
  assert.deepEqual([end.by, end.cause, end.durationMs, end.answeredElsewhere], ["remote", "bye", 1500, false]);
  assert.deepEqual(ua.calls, []);
  assert.deepEqual(seen.map(({ type }) => type), [
    "statechange", "progress", "statechange", "progress", "progress", "statechange", "accepted", "statechange",
    "confirmed", "statechange", "ended",
  ]);
});

test("the progress of a re-INVITE is told, and takes nothing back", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  await engine.tell(accepted(1), { type: "confirmed", call: 1, dialog: 0 });
  const seen = record(call, ...CALL_EVENTS);
  await engine.tell(progress(1, 180), progress(1, 183, { kind: "answer", reliable: true, rseq: 7 }));
  assert.equal(call.state, "confirmed");
  assert.deepEqual(call.dialogs, [{ id: 0, state: "confirmed", rseq: 7 }]);
  assert.deepEqual(seen.map(({ type }) => type), ["progress", "progress"]);
});

test("a further callee is a call of its own, told by the first", async () => {
  const { ua, engine } = await connected({ onFork: "keep" });
  assert.equal(engine.config.onFork, "keep");
  const call = ua.call("sip:bob@example.com");
  const seen = record(call, "fork");
  const parties = { from: { uri: "sip:alice@example.com", displayName: undefined }, to: { uri: "sip:bob@example.com", displayName: "Bob" } };
  await engine.tell(accepted(1));
  await engine.tell(
    { type: "fork", call: INCOMING, of: 1, ...parties, headers: "Contact:<sip:b@host>" },
    accepted(INCOMING), { type: "confirmed", call: INCOMING, dialog: 0 },
  );
  const further = (seen[0] as ForkEvent).call;
  assert.deepEqual([further.id, further.direction, further.to.displayName, further.state], [INCOMING, "outgoing", "Bob", "confirmed"]);
  assert.deepEqual(ua.calls, [call, further]);
  await engine.tell(ended(1));
  void further.hangup();
  assert.deepEqual([call.state, engine.last("hangup").call], ["ended", INCOMING]);
});

test("a further callee who comes while the user agent is closed is hung up", async () => {
  const { ua, engine } = await connected({ onFork: "keep" });
  ua.call("sip:bob@example.com");
  void ua.close();
  const party = { uri: "sip:bob@example.com", displayName: undefined };
  await engine.tell({ type: "fork", call: INCOMING, of: 1, from: party, to: party, headers: "" });
  assert.equal(engine.last("hangup").call, INCOMING);
});

test("a progress event tells what kind of response it was", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  const told: unknown[] = [];
  call.addEventListener("progress", (event) => {
    told.push([event.status, event.code, event.reliable, event.rseq, event.earlyMedia, event.dialogId]);
  });
  await engine.tell(progress(1, 183, { kind: "preview" }), progress(1, 180, { reliable: true, rseq: 9, dialog: 1 }));
  assert.deepEqual(told, [[183, 183, false, undefined, true, 0], [180, 180, true, 9, false, 1]]);
});

test("a call that is not answered rejects `answered` and resolves `ended`", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  const seen = record(call, "failed", "ended", "cancel");
  await engine.tell(ended(1, { status: 486, cause: "busy", reason: "Busy Here", retryAfter: 30 }));
  await assert.rejects(call.answered, (error) => {
    assert.ok(error instanceof SipError);
    assert.deepEqual([error.name, error.code, error.status, error.reasonPhrase, error.retryAfter], ["SipError", "busy", 486, "Busy Here", 30]);
    return true;
  });
  assert.equal((await call.ended).cause, "busy");
  assert.deepEqual(seen.map(({ type }) => type), ["failed", "ended"]);
});

test("a redirected call tells where else the callee can be had", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  const seen = record(call, "failed");
  const contacts = ["sip:bob@desk.example.com", "tel:+15551234"];
  await engine.tell(ended(1, { status: 302, cause: "redirected", contacts }));
  assert.deepEqual((await call.ended).contacts, contacts);
  assert.deepEqual((seen[0] as CallEndedEvent).contacts, contacts);
});

test("nobody has to wait for `answered`, `progress()` or `accept()`", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => { unhandled.push(reason); };
  process.on("unhandledRejection", note);
  try {
    const both = await connected();
    both.ua.call("sip:bob@example.com");
    const call = await incoming(both);
    void call.progress();
    void call.accept();
    await both.engine.tell(
      ended(1, { cause: "timeout" }),
      settled(both.engine.last("progress").request, { failure: { cause: "cancelled", status: undefined, reason: undefined, retryAfter: undefined } }),
      settled(both.engine.last("accept").request, { failure: { cause: "cancelled", status: undefined, reason: undefined, retryAfter: undefined } }),
      ended(INCOMING, { cause: "cancelled" }),
    );
    await turn();
    assert.deepEqual(unhandled, []);
  } finally {
    process.off("unhandledRejection", note);
  }
});

test("an incoming call: progress() resolves with the PRACK, accept() when the 200 has left", async () => {
  const both = await connected();
  const { engine } = both;
  const call = await incoming(both);
  assert.deepEqual([call.direction, call.remote.uri, call.peerRel100, call.headers], ["incoming", "sip:bob@example.com", "supported", [["Subject", "tea"]]]);
  const acknowledged = call.progress({ code: 183, reliable: true });
  assert.equal(call.state, "early");
  assert.deepEqual(engine.last("progress").progress, {
    code: 183, reason: undefined, reliable: true, sdp: undefined, queue: undefined, headers: [],
  });
  await engine.tell(
    { type: "prack", call: INCOMING, rseq: 5, offer: false, body: "hi", contentType: "text/plain", headers: "X-B:2" },
    settled(engine.last("progress").request, { rseq: 5 }),
  );
  const { rseq, prack } = await acknowledged;
  assert.deepEqual([rseq, prack?.body, prack?.headers], [5, "hi", [["X-B", "2"]]]);
  const accepting = call.accept({ headers: [["X-C", "3"]] });
  assert.deepEqual(engine.last("accept").headers, [["X-C", "3"]]);
  await engine.tell(accepted(INCOMING), settled(engine.last("accept").request));
  await accepting;
  assert.equal((await call.answered).status, 200);
});

test("an unreliable progress() resolves without a PRACK; 180 by default", async () => {
  const both = await connected();
  const call = await incoming(both);
  const sent = call.progress({ reliable: "auto" });
  const { request, progress: asked } = both.engine.last("progress");
  assert.deepEqual([asked?.code, asked?.reliable, call.state], [180, undefined, "ringing"]);
  await both.engine.tell(settled(request));
  assert.deepEqual(await sent, { rseq: undefined, prack: undefined });
});

test("a refused progress() rejects with a Rel100Error and leaves the state alone", async () => {
  const both = await connected();
  const call = await incoming(both);
  both.engine.refuse = () => ({ code: "peer-unsupported", message: "no 100rel" });
  await assert.rejects(call.progress({ reliable: true }), (error) => error instanceof Rel100Error && error.code === "peer-unsupported");
  assert.equal(call.state, "trying");
});

test("a progress() that nobody acknowledges rejects with no-prack; other failures stay SipErrors", async () => {
  const both = await connected();
  const call = await incoming(both);
  const first = call.progress();
  await both.engine.tell(settled(both.engine.last("progress").request, { failure: failure("no-prack") }));
  await assert.rejects(first, (error) => error instanceof Rel100Error && error.code === "no-prack");
  const second = call.progress();
  await both.engine.tell(settled(both.engine.last("progress").request, { failure: failure("connection") }));
  await assert.rejects(second, (error) => error instanceof SipError && !(error instanceof Rel100Error));
});

test("noprack: the listener's 5xx goes to the core before anything else", async () => {
  const both = await connected();
  const call = await incoming(both);
  let shown: NoPrackEvent | undefined;
  call.addEventListener("noprack", (event) => {
    shown = event;
    assert.throws(() => { event.respond(486); }, TypeError);
    event.respond(503, "Later");
  });
  await both.engine.tell({ type: "noPrack", call: INCOMING, rseq: 3, invite: "INVITE ...", response: "SIP/2.0 183 ..." });
  assert.deepEqual(both.engine.last("reject"), { call: INCOMING, status: 503, reason: "Later", headers: [] });
  assert.deepEqual([shown?.rseq, shown?.invite, shown?.response], [3, "INVITE ...", "SIP/2.0 183 ..."]);
});

test("PRACKs of an outgoing call: answered, failed, and a fork that ended", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  const told: unknown[] = [];
  call.addEventListener("prackresponse", (event) => told.push([event.type, event.dialogId, event.rseq, event.status]));
  call.addEventListener("prackfailed", (event) => told.push([event.type, event.dialogId, event.rseq, event.code, event.error.code]));
  call.addEventListener("prackauto", (event) => told.push([event.type, event.dialogId, event.rseq]));
  call.addEventListener("offerrejected", (event) => told.push([event.type, event.dialogId, event.rseq, event.status]));
  call.addEventListener("dialogended", (event) => told.push([event.type, event.dialogId, event.status]));
  await engine.tell(
    progress(1, 183, { dialog: 2, reliable: true, rseq: 4 }),
    { type: "prackAuto", call: 1, dialog: 2, rseq: 4 },
    { type: "offerRejected", call: 1, dialog: 2, rseq: 4, status: 488 },
    { type: "prackResponse", call: 1, dialog: 2, rseq: 4, status: 200 },
    { type: "prackFailed", call: 1, dialog: 2, rseq: 5, failure: { cause: "dialog-gone", status: 481, reason: undefined, retryAfter: undefined } },
    { type: "dialogEnded", call: 1, dialog: 2, status: 486 },
  );
  assert.deepEqual(told.splice(0, 2), [["prackauto", 2, 4], ["offerrejected", 2, 4, 488]]);
  assert.deepEqual(told, [["prackresponse", 2, 4, 200], ["prackfailed", 2, 5, 481, "dialog-gone"], ["dialogended", 2, 486]]);
  assert.deepEqual(call.dialogs, [{ id: 2, state: "terminated", rseq: 4 }]);
});

test("prack() acknowledges by hand, and resolves with the response to the PRACK", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com", { prack: "manual" });
  assert.equal(engine.last("call").options?.prack, "manual");
  const events: CallProgressEvent[] = [];
  call.addEventListener("progress", (event) => events.push(event));
  await engine.tell(progress(1, 180), progress(1, 183, { dialog: 2, reliable: true, rseq: 4, prack: true }));
  const [ringing, early] = events;
  assert.ok(ringing !== undefined && early !== undefined);
  assert.deepEqual([ringing.awaitsPrack, early.awaitsPrack], [false, true]);
  await assert.rejects(ringing.prack(), { name: "Rel100Error", code: "not-reliable" });
  assert.throws(() => early.prack({ body: 5 as unknown as string }), TypeError);
  const acknowledged = early.prack({ headers: { "X-A": "1" }, body: "b", contentType: "text/plain" });
  const { request, ...prack } = engine.last("prack");
  assert.deepEqual(prack, { call: 1, dialog: 2, rseq: 4, body: "b", contentType: "text/plain", offer: false, headers: [["X-A", "1"]] });
  assert.equal(engine.all("prack").length, 1);
  await engine.tell(settled(request, { response: { status: 200, reason: "OK", headers: "", body: undefined } }));
  assert.equal((await acknowledged).status, 200);
  engine.refuse = () => ({ code: "already-sent", message: "the PRACK has left" });
  await assert.rejects(early.prack(), { name: "Rel100Error", code: "already-sent" });
});

test("the caller gives up: cancel, failed, ended", async () => {
  const both = await connected();
  const call = await incoming(both);
  const seen = record(call, "cancel", "failed", "ended");
  const reasons: unknown[] = [];
  call.addEventListener("cancel", ({ headers }) => reasons.push(...headers));
  await both.engine.tell(
    { type: "cancel", call: INCOMING, headers: "Reason:SIP;cause=200" },
    ended(INCOMING, { cause: "cancelled", answeredElsewhere: true }),
  );
  assert.deepEqual(reasons, [["Reason", "SIP;cause=200"]]);
  assert.deepEqual(seen.map(({ type }) => type), ["cancel", "failed", "ended"]);
  assert.equal((await call.ended).answeredElsewhere, true);
});

test("pendingReliable: the one that is sent, then those that wait; what is acknowledged, unreliable or refused is not there", async () => {
  const both = await connected();
  const { engine } = both;
  const call = await incoming(both);
  const sent = (request: number | undefined, status: number, rseq?: number): CoreEvent => ({ type: "sent", call: INCOMING, status, rseq, request });
  const acknowledged = (rseq: number): CoreEvent => ({ type: "prack", call: INCOMING, rseq, offer: false, body: undefined, contentType: undefined, headers: "" });
  void call.progress({ reliable: false });
  assert.deepEqual(call.pendingReliable, []);
  void call.progress({ code: 180 });
  const ringing = engine.last("progress").request;
  void call.progress({ code: 182 });
  const waiting = engine.last("progress").request;
  await engine.tell(sent(ringing, 180, 7));
  assert.deepEqual(call.pendingReliable, [{ code: 180, rseq: 7 }, { code: 182, rseq: undefined }]);
  const seen: unknown[] = [];
  call.addEventListener("prack", () => seen.push(call.pendingReliable));
  await engine.tell(acknowledged(7), settled(ringing, { rseq: 7 }), sent(waiting, 182, 8));
  assert.deepEqual(seen, [[{ code: 182, rseq: undefined }]]);
  assert.deepEqual(call.pendingReliable, [{ code: 182, rseq: 8 }]);
  void call.progress({ code: 183 });
  await engine.tell(sent(engine.last("progress").request, 183), settled(waiting, { failure: failure("no-prack") }));
  assert.deepEqual(call.pendingReliable, [], "one that `auto` made unreliable has left");
  await engine.tell(sent(undefined, 180, 9));
  assert.deepEqual(call.pendingReliable, [{ code: 180, rseq: 9 }], "the core keeps the call alive by itself");
  await engine.tell(accepted(INCOMING));
  assert.deepEqual(call.pendingReliable, []);
});

test("update() offers the session anew; hold() does so before the answer", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  const updated = call.update({ dialog: 2, queue: false, headers: { "X-A": "1" } });
  const { request, ...update } = engine.last("update");
  assert.deepEqual(update, { call: 1, dialog: 2, offer: true, queue: false, headers: [["X-A", "1"]] });
  await engine.tell(settled(request, { response: { status: 200, reason: "OK", headers: "", body: undefined } }));
  assert.equal((await updated).status, 200);
  engine.refuse = () => ({ code: "oa-pending", message: "an offer is pending" });
  await assert.rejects(call.update({ queue: false }), { name: "SipError", code: "oa-pending" });
  engine.refuse = undefined;
  const holding = call.hold();
  assert.equal(engine.all("renegotiate").length, 0);
  await engine.tell(settled(engine.last("update").request));
  await holding;
  assert.equal(call.held, true);
});

test("what the peer asks for inside a call: UPDATE, re-INVITE; and an ACK that does not come", async () => {
  const both = await connected();
  const { engine } = both;
  const call = await incoming(both);
  const told: unknown[] = [];
  call.addEventListener("update", ({ dialogId, offer, headers }) => told.push(["update", dialogId, offer, headers]));
  call.addEventListener("noack", ({ type }) => told.push(type));
  call.addEventListener("reinvite", (event) => {
    told.push(["reinvite", event.peerRel100, event.offer, event.headers]);
    void event.progress({ code: 182 });
    void event.accept({ headers: { "X-A": "1" } });
    event.reject({ status: 488 });
  });
  await engine.tell(
    { type: "update", call: INCOMING, dialog: 0, offer: true, headers: "X-B:2" },
    { type: "reinvite", call: INCOMING, peerRel100: "supported", offer: false, headers: "" },
    { type: "noAck", call: INCOMING },
  );
  assert.deepEqual(told, [["update", 0, true, [["X-B", "2"]]], ["reinvite", "supported", false, []], "noack"]);
  assert.equal(engine.last("progress").progress?.code, 182);
  assert.deepEqual(engine.last("accept").headers, [["X-A", "1"]]);
  assert.deepEqual(engine.last("reject"), { call: INCOMING, status: 488, reason: undefined, headers: [] });
});

test("reconnecting gives way to the state before", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  await engine.tell(accepted(1), { type: "reconnecting", call: 1, lost: true });
  assert.equal(call.state, "reconnecting");
  await engine.tell({ type: "reconnecting", call: 1, lost: false });
  assert.equal(call.state, "answered");
});

test("hangup() is harmless when the call is over, and before the application knows", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  engine.refuse = () => ({ code: "unknown-call", message: "no such call" });
  const end = call.hangup();
  engine.refuse = undefined;
  await engine.tell(ended(1));
  assert.equal((await end).cause, "bye");
  await call.hangup();
  assert.deepEqual(engine.all("hangup"), []);
});

test("aborting the signal hangs up; the reason is the cause of the rejection", async () => {
  const { ua, engine } = await connected();
  const controller = new AbortController();
  const call = ua.call("sip:bob@example.com", { signal: controller.signal });
  const reason = new Error("closed the tab");
  controller.abort(reason);
  assert.deepEqual(engine.last("hangup"), { call: 1, headers: [] });
  await engine.tell(ended(1, { by: "local", cause: "cancelled", status: 487 }));
  await assert.rejects(call.answered, (error) => error instanceof SipError && error.code === "cancelled" && error.cause === reason);
});

test("a signal that was aborted before: nothing is sent; one that comes after the end: neither", async () => {
  const { ua, engine } = await connected();
  assert.throws(() => ua.call("sip:bob@example.com", { signal: AbortSignal.abort(new Error("early")) }), /early/);
  assert.deepEqual(engine.all("call"), []);
  const controller = new AbortController();
  ua.call("sip:bob@example.com", { signal: controller.signal });
  await engine.tell(ended(1));
  controller.abort();
  assert.deepEqual(engine.all("hangup"), []);
});

test("hold: a re-INVITE; the state changes with its success only", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  await engine.tell(accepted(1));
  const holding = call.hold();
  assert.equal(call.held, false);
  await engine.tell(settled(engine.last("renegotiate").request));
  await holding;
  assert.equal(call.held, true);
  const resuming = assert.rejects(call.unhold(), { code: "rejected", status: 491 });
  await engine.tell(settled(engine.last("renegotiate").request, { failure: { cause: "rejected", status: 491, reason: undefined, retryAfter: undefined } }));
  await resuming;
  assert.equal(call.held, true);
});

test("INFO and tones in it", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  const dialled = call.sendDtmf("1#", { transport: "info", duration: 160 });
  for (const digit of ["1", "#"]) {
    const { request, options } = engine.last("info");
    assert.deepEqual(options, { body: `Signal=${digit}\r\nDuration=160\r\n`, contentType: "application/dtmf-relay", headers: [] });
    await engine.tell(settled(request));
  }
  await dialled;
  assert.throws(() => call.sendDtmf("x"), TypeError);
  assert.throws(() => call.sendDtmf("1", { duration: 10 }), TypeError);
  await assert.rejects(call.sendDtmf("1"), { code: "invalid-state" });
  const bodies: unknown[] = [];
  call.addEventListener("info", ({ body }) => bodies.push(body));
  await engine.tell({ type: "info", call: 1, body: "Signal=5", contentType: "application/dtmf-relay", headers: "" });
  assert.deepEqual(bodies, ["Signal=5"]);
});
