/** What a call keeps while nothing happens: little, and what it keeps is there for who asks late. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { SipError } from "../../js/index.js";
import type { Call, MediaHandler } from "../../js/index.js";
import { INCOMING, accepted, connected, ended, failure, incoming, record, settled, turn } from "./fake-engine.js";
import type { Connected } from "./fake-engine.js";

test("`answered` and `ended` may be asked for when all is over, and are the same promises each time", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  await engine.tell(accepted(1), { type: "confirmed", call: 1, dialog: 0 }, ended(1, { durationMs: 5 }));
  const { status, headers, dialogId } = await call.answered;
  assert.deepEqual({ status, headers, dialogId }, { status: 200, headers: [["Contact", "<sip:bob@host>"]], dialogId: 0 });
  assert.equal((await call.ended).durationMs, 5);
  assert.equal(call.answered, call.answered);
  assert.equal(call.ended, call.ended);
});

test("`answered` of a call that nobody answered rejects whenever it is asked for, and is no alarm", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  await engine.tell(ended(1, { cause: "busy", status: 486 }));
  void call.answered;
  await turn();
  await assert.rejects(call.answered, (error) => error instanceof SipError && error.code === "busy" && error.status === 486);
  assert.equal((await call.ended).cause, "busy");
});

test("an event is told from the moment on at which somebody listens", async () => {
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  await engine.tell(accepted(1));
  // No other test of this file listens to it.
  const seen = record(call, "renegotiated");
  await engine.tell({ type: "updated", call: 1, byPeer: true, heldByPeer: false });
  assert.deepEqual(seen.map(({ type }) => type), ["renegotiated"]);
});

test("a PRACK is that of the progress() which it acknowledged, and of no other", async () => {
  const connection = await connected();
  const call = await incoming(connection);
  const { engine } = connection;
  const outcomes = [call.progress({ code: 183 }), call.progress({ code: 180 })];
  const prack = (rseq: number, body: string): Parameters<typeof engine.tell>[0] => (
    { type: "prack", call: INCOMING, rseq, offer: false, body, contentType: "text/plain", headers: "" }
  );
  await engine.tell(prack(4, "first"), settled(1, { rseq: 4 }), prack(5, "second"), settled(2, { rseq: 5 }));
  assert.deepEqual((await Promise.all(outcomes)).map((one) => [one.rseq, one.prack?.body]), [[4, "first"], [5, "second"]]);
  const last = call.progress({ code: 182 });
  await engine.tell(settled(3, { failure: failure("no-prack") }));
  await assert.rejects(last, { code: "no-prack" });
});

/** Octets, besides the media and the header fields of the 200. The test fails when they grow; there is no need for so many. */
const MOST = 1300;

test("an idle call keeps little of JavaScript's heap", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const connection = await connected({ media: { handler: () => silence } });
  const kept: Call[] = [];
  const use = async (calls: number): Promise<number> => {
    for (let begun = 0; begun < calls; begun += 1) kept.push(await idle(connection));
    await turn();
    for (let round = 0; round < 3; round += 1) collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await use(500);
  const each = (await use(2000) - before) / 2000;
  assert.equal(connection.ua.calls.length, kept.length);
  assert.ok(each < MOST, `${each} octets`);
});

async function idle({ ua, engine }: Connected): Promise<Call> {
  const call = ua.call("sip:bob@example.com");
  const { id } = call;
  await engine.tell({ type: "describe", call: id, token: id, dialog: undefined, kind: "offer", remote: undefined });
  await engine.tell(accepted(id), { type: "confirmed", call: id, dialog: 0 });
  engine.commands.length = 0;
  return call;
}

const silence: MediaHandler = {
  localStream: undefined,
  remoteStream: undefined,
  peerConnection: undefined,
  createOffer: () => Promise.resolve("v=0"),
  createAnswer: () => Promise.resolve("v=0"),
  setRemote: () => Promise.resolve(),
  rollback: () => Promise.resolve(),
  endDialog: () => undefined,
  commit: () => Promise.resolve(),
  hold: () => undefined,
  close: () => undefined,
};
