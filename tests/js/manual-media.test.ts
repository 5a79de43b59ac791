/** Media `manual`: descriptions asked for and handed over by events of the call. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { MediaError, SipError } from "../../js/index.js";
import type { Call, CoreEvent, DescribeEvent, PrackEvent, UserAgentOptions } from "../../js/index.js";
import { INCOMING, accepted, agentOn, connected, incoming, settled, turn } from "./fake-engine.js";
import type { FakeEngine } from "./fake-engine.js";

async function calling(): Promise<{ call: Call; engine: FakeEngine }> {
  const { ua, engine } = await connected({ media: "manual" });
  return { call: ua.call("sip:bob@example.com"), engine };
}

function describe(token: number, rest: Partial<Extract<CoreEvent, { type: "describe" }>> = {}): CoreEvent {
  return { type: "describe", token, call: 1, dialog: undefined, kind: "offer", remote: undefined, ...rest };
}

test("an offer is asked for by `describe`, and given at once or later", async () => {
  const { call, engine } = await calling();
  const asked: unknown[] = [];
  let give: (sdp: string) => void = () => undefined;
  call.addEventListener("describe", (event) => {
    asked.push([event.kind, event.offer, event.dialogId, event.held]);
    event.respondWith(event.kind === "offer" ? "our offer" : new Promise((resolve) => { give = resolve; }));
  });
  await engine.tell(describe(7));
  assert.deepEqual(engine.last("description"), { token: 7, answer: { sdp: "our offer" } });
  await engine.tell(describe(8, { kind: "answer", remote: "their offer", dialog: 3 }));
  assert.deepEqual(engine.last("description").token, 7);
  give("our answer");
  await turn();
  assert.deepEqual(engine.last("description"), { token: 8, answer: { sdp: "our answer" } });
  assert.deepEqual(asked, [["offer", undefined, undefined, false], ["answer", "their offer", 3, false]]);
});

test("the peer's descriptions and an offer that came to nothing are told", async () => {
  const { call, engine } = await calling();
  const told: unknown[] = [];
  call.addEventListener("remotedescription", ({ sdp, kind, dialogId, commit }) => told.push([sdp, kind, dialogId, commit]));
  call.addEventListener("rollback", ({ dialogId }) => told.push(["rollback", dialogId]));
  await engine.tell(
    { type: "remote", call: 1, dialog: 2, kind: "preview", sdp: "early", commit: false },
    { type: "remote", call: 1, dialog: 2, kind: "answer", sdp: "final", commit: true },
    { type: "rollback", call: 1, dialog: 2 },
  );
  assert.deepEqual(told, [["early", "preview", 2, false], ["final", "answer", 2, true], ["rollback", 2]]);
});

test("hold is told to the one who makes the next offer", async () => {
  const { call, engine } = await calling();
  const held: boolean[] = [];
  call.addEventListener("describe", (event) => {
    held.push(event.held);
    event.respondWith("offer");
  });
  await engine.tell(describe(1), accepted(1));
  const holding = call.hold();
  await engine.tell(describe(2, { dialog: 0 }), settled(engine.last("renegotiate").request));
  await holding;
  assert.deepEqual(held, [false, true]);
});

test("the offer of a PRACK is answered by its event, or else by `describe`", async () => {
  const both = await connected({ media: "manual" });
  const { engine } = both;
  const call = await incoming(both);
  const asked: unknown[] = [];
  call.addEventListener("describe", (event) => {
    asked.push(event.offer);
    event.respondWith("by describe");
  });
  const prack = (rseq: number, offer: boolean): CoreEvent => (
    { type: "prack", call: INCOMING, rseq, offer, body: "their offer", contentType: "application/sdp", headers: "" }
  );
  const question = (token: number, remote: string): CoreEvent => ({ ...describe(token, { kind: "answer", remote, dialog: 0 }), call: INCOMING } as CoreEvent);
  await engine.tell(question(1, "the first offer"));
  const kept: PrackEvent[] = [];
  call.addEventListener("prack", (event) => {
    kept.push(event);
    if (event.rseq !== 2) return;
    event.answer(Promise.resolve("by prack"));
    assert.throws(() => { event.answer("twice"); }, { code: "invalid-state" });
  });
  await engine.tell(question(2, "their offer"), prack(2, true));
  assert.deepEqual(engine.last("description"), { token: 2, answer: { sdp: "by prack" } });
  await engine.tell(question(3, "another offer"), prack(3, true));
  assert.deepEqual(engine.last("description"), { token: 3, answer: { sdp: "by describe" } });
  await engine.tell(prack(4, false));
  for (const event of kept) assert.throws(() => { event.answer("late"); }, { name: "SipError", code: "invalid-state" });
  assert.deepEqual(asked, ["the first offer", "another offer"]);
});

test("where the media layer answers, the event of a PRACK does not", async () => {
  const both = await connected();
  const call = await incoming(both);
  const errors: unknown[] = [];
  call.addEventListener("prack", (event) => {
    try {
      event.answer("mine");
    } catch (error) {
      errors.push((error as SipError).code);
    }
  });
  await both.engine.tell({ type: "prack", call: INCOMING, rseq: 1, offer: true, body: "their offer", contentType: "application/sdp", headers: "" });
  assert.deepEqual(errors, ["invalid-state"]);
});

const NO_DESCRIPTION: [string, (event: DescribeEvent) => void, { status: number; cause: string }][] = [
  ["nobody gives one", () => undefined, { status: 480, cause: "media-failed" }],
  ["it fails", (event) => event.respondWith(Promise.reject(new Error("no"))), { status: 480, cause: "media-failed" }],
  ["it is empty", (event) => event.respondWith(Promise.resolve("")), { status: 480, cause: "media-failed" }],
  [
    "preconditions cannot be met",
    (event) => event.respondWith(Promise.reject(new MediaError("not-acceptable", "no bandwidth", { status: 580 }))),
    { status: 580, cause: "not-acceptable" },
  ],
  [
    "the offer is not to one's taste",
    (event) => event.respondWith(Promise.reject(new MediaError("not-acceptable", "no codec in common"))),
    { status: 488, cause: "not-acceptable" },
  ],
];

for (const [why, listener, failed] of NO_DESCRIPTION) {
  test(`there is no description when ${why}: the core is told at once`, async () => {
    const { call, engine } = await calling();
    call.addEventListener("describe", listener);
    await engine.tell(describe(4));
    await turn();
    assert.deepEqual(engine.last("description"), { token: 4, answer: { failed } });
  });
}

test("a description is given once, and while the listener runs", async () => {
  const { call, engine } = await calling();
  let kept: DescribeEvent | undefined;
  call.addEventListener("describe", (event) => {
    kept = event;
    assert.throws(() => { event.respondWith(5 as unknown as string); }, TypeError);
    event.respondWith("first");
    assert.throws(() => { event.respondWith("second"); }, { name: "SipError", code: "invalid-state" });
  });
  await engine.tell(describe(1));
  assert.deepEqual(engine.last("description").answer, { sdp: "first" });
  assert.throws(() => { kept?.respondWith("late"); }, SipError);
});

test("any other word for the media is a TypeError", () => {
  assert.throws(() => agentOn({ media: "automatic" } as unknown as Partial<UserAgentOptions>), TypeError);
});
