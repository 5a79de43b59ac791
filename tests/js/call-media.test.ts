/** Between core and media: questions, answers, order, failures, and the end. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { MediaError } from "../../js/index.js";
import type { CoreEvent, MediaContext, MediaHandler, RemoteDescription } from "../../js/index.js";
import { INCOMING, accepted, connected, ended, incoming, record, settled, turn } from "./fake-engine.js";
import { FakeConnection, FakeDtmf, FakeStream, FakeTrack, installRtc } from "./fake-rtc.js";

class FakeMedia implements MediaHandler {
  readonly done: string[] = [];
  readonly localStream = new FakeStream([new FakeTrack("audio")]) as unknown as MediaStream;
  readonly remoteStream = undefined;
  readonly peerConnection = undefined;
  fail: Error | undefined;
  gate: Promise<void> = Promise.resolve();

  constructor(readonly context: MediaContext) {}

  createOffer(): Promise<string> {
    return this.#do("offer", "our offer");
  }

  createAnswer(offer: string, dialog: number | undefined): Promise<string> {
    return this.#do(`answer ${offer} ${String(dialog)}`, "our answer");
  }

  async setRemote({ sdp, kind, dialog, commit }: RemoteDescription): Promise<void> {
    await this.#do(`remote ${kind} ${sdp} ${dialog} ${String(commit)}`, "");
  }

  async rollback(dialog: number): Promise<void> {
    await this.#do(`rollback ${dialog}`, "");
  }

  endDialog(dialog: number): void {
    this.done.push(`end ${dialog}`);
  }

  async commit(dialog: number): Promise<void> {
    await this.#do(`commit ${dialog}`, "");
  }

  hold(held: boolean): void {
    this.done.push(`hold ${String(held)}`);
  }

  close(): void {
    this.done.push("close");
  }

  async #do(what: string, sdp: string): Promise<string> {
    await this.gate;
    this.done.push(what);
    if (this.fail !== undefined) throw this.fail;
    return sdp;
  }
}

let made: FakeMedia[];

beforeEach(() => {
  made = [];
});

const settings = { media: { handler: (context: MediaContext): FakeMedia => {
  const media = new FakeMedia(context);
  made.push(media);
  return media;
} } };

function describe(token: number, rest: Partial<Extract<CoreEvent, { type: "describe" }>> = {}): CoreEvent {
  return { type: "describe", token, call: 1, dialog: undefined, kind: "offer", remote: undefined, ...rest };
}

function remote(sdp: string, commit: boolean): CoreEvent {
  return { type: "remote", call: 1, dialog: 0, kind: commit ? "answer" : "preview", sdp, commit };
}

test("the core's question is answered with its token; media is made for the first one", async () => {
  const { ua, engine } = await connected(settings);
  ua.call("sip:bob@example.com", { media: { audio: false } });
  assert.equal(made.length, 0);
  await engine.tell(describe(7));
  assert.deepEqual(engine.last("description"), { token: 7, answer: { sdp: "our offer" } });
  await engine.tell(describe(8, { kind: "answer", remote: "their offer", dialog: 3 }));
  assert.deepEqual(engine.last("description"), { token: 8, answer: { sdp: "our answer" } });
  assert.deepEqual(made[0]?.done, ["offer", "answer their offer 3"]);
  assert.deepEqual([made[0].context.direction, made[0].context.options.audio], ["outgoing", false]);
});

test("wishes are carried out one after the other", async () => {
  const { ua, engine } = await connected(settings);
  ua.call("sip:bob@example.com");
  await engine.tell(describe(1));
  let open: () => void = () => undefined;
  const media = made[0];
  assert.ok(media);
  media.gate = new Promise((resolve) => { open = resolve; });
  await engine.tell(remote("early", false), remote("final", true), { type: "rollback", call: 1, dialog: 0 }, { type: "dialogEnded", call: 1, dialog: 2, status: 486 });
  assert.deepEqual(media.done, ["offer"]);
  open();
  await turn();
  assert.deepEqual(media.done, ["offer", "remote preview early 0 false", "remote answer final 0 true", "rollback 0", "end 2"]);
});

test("no microphone: the core is told status and cause, accept() rejects with the MediaError itself", async () => {
  const both = await connected(settings);
  const call = await incoming(both);
  const accepting = call.accept();
  const denied = new MediaError("media-denied", "the user said no");
  const { engine } = both;
  await engine.tell({ ...describe(4, { kind: "answer", remote: "offer" }), call: INCOMING } as CoreEvent);
  assert.equal(engine.last("description").token, 4);
  const [media] = made;
  assert.ok(media);
  media.fail = denied;
  await engine.tell({ ...describe(5, { kind: "answer", remote: "offer" }), call: INCOMING } as CoreEvent);
  assert.deepEqual(engine.last("description"), { token: 5, answer: { failed: { status: 480, cause: "media-denied" } } });
  const failure = { cause: "media-denied" as const, status: 480, reason: undefined, retryAfter: undefined };
  await engine.tell(settled(engine.last("accept").request, { failure }), ended(INCOMING, { by: "local", cause: "media-denied", status: 480 }));
  await assert.rejects(accepting, (error) => error === denied);
  await assert.rejects(call.answered, (error) => error === denied);
});

test("descriptions without common ground are 488, anything unknown is media-failed", async () => {
  const { ua, engine } = await connected(settings);
  ua.call("sip:bob@example.com");
  await engine.tell(describe(1));
  const [media] = made;
  assert.ok(media);
  media.fail = new MediaError("not-acceptable", "no codec");
  await engine.tell(describe(2));
  assert.deepEqual(engine.last("description").answer, { failed: { status: 488, cause: "not-acceptable" } });
  media.fail = new Error("a bug");
  await engine.tell(describe(3));
  assert.deepEqual(engine.last("description").answer, { failed: { status: 480, cause: "media-failed" } });
});

test("an early description that cannot be applied costs nothing, an answer the call", async () => {
  const { ua, engine } = await connected(settings);
  const call = ua.call("sip:bob@example.com");
  await engine.tell(describe(1));
  const [media] = made;
  assert.ok(media);
  media.fail = new MediaError("media-failed", "cannot be read");
  await engine.tell(remote("early", false));
  assert.deepEqual(engine.all("hangup"), []);
  await engine.tell(remote("final", true));
  assert.equal(engine.all("hangup").length, 1);
  await engine.tell(ended(1, { by: "local", cause: "bye" }));
  const { by, cause } = await call.ended;
  assert.deepEqual([by, cause], ["system", "media-failed"]);
});

test("a failed renegotiation is not blamed for the hang-up that comes later", async () => {
  const { ua, engine } = await connected(settings);
  const call = ua.call("sip:bob@example.com");
  await engine.tell(describe(1), accepted(1));
  const [media] = made;
  assert.ok(media);
  media.fail = new MediaError("not-acceptable", "no codec");
  await engine.tell(describe(2, { kind: "answer", remote: "offer" }));
  await engine.tell(ended(1, { by: "local", cause: "bye" }));
  assert.equal((await call.ended).cause, "bye");
});

test("at the end media is closed before anybody is told, and late answers go nowhere", async () => {
  const { ua, engine } = await connected(settings);
  const call = ua.call("sip:bob@example.com");
  await engine.tell(describe(1));
  const [media] = made;
  assert.ok(media);
  let open: () => void = () => undefined;
  media.gate = new Promise((resolve) => { open = resolve; });
  await engine.tell(describe(2));
  let closedFirst = false;
  call.addEventListener("ended", () => { closedFirst = media.done.includes("close"); });
  await engine.tell(ended(1));
  open();
  await turn();
  assert.ok(closedFirst);
  assert.equal(engine.all("description").length, 1);
});

test("mute and hold silence the tracks, whichever comes first", async () => {
  const { ua, engine } = await connected(settings);
  const call = ua.call("sip:bob@example.com");
  call.mute();
  await engine.tell(describe(1));
  const track = made[0]?.localStream.getAudioTracks()[0];
  assert.ok(track);
  assert.deepEqual([track.enabled, call.muted, call.localStream], [false, true, made[0]?.localStream]);
  call.unmute();
  assert.equal(track.enabled, true);
  await engine.tell(accepted(1));
  const holding = call.hold();
  assert.equal(track.enabled, false);
  await engine.tell(settled(engine.last("renegotiate").request));
  await holding;
  const resuming = call.unhold();
  await engine.tell(settled(engine.last("renegotiate").request));
  await resuming;
  assert.deepEqual([track.enabled, made[0]?.done], [true, ["offer", "commit 0", "hold true", "hold false"]]);
});

test("media events: early before the answer, none after the end; a broken connection ends the call", async () => {
  const { ua, engine } = await connected(settings);
  const call = ua.call("sip:bob@example.com");
  const seen = record(call, "media") as (Event & { early: boolean })[];
  await engine.tell(describe(1));
  const context = made[0]?.context;
  assert.ok(context);
  const stream = new FakeStream() as unknown as MediaStream;
  context.onRemoteStream(stream);
  await engine.tell(accepted(1));
  context.onRemoteStream(stream);
  assert.deepEqual(seen.map(({ early }) => early), [true, false]);
  context.onFailure(new MediaError("media-failed", "no route"));
  assert.equal(engine.all("hangup").length, 1);
  await engine.tell(ended(1, { by: "local", cause: "bye", durationMs: 5 }));
  context.onRemoteStream(stream);
  assert.equal(seen.length, 2);
  assert.equal((await call.ended).cause, "media-failed");
});

test("media that needs another offer gets a re-INVITE once the call is answered; without it the call ends", async () => {
  const { ua, engine } = await connected(settings);
  const call = ua.call("sip:bob@example.com");
  await engine.tell(describe(1));
  const [media] = made;
  assert.ok(media);
  media.context.onRenegotiationNeeded();
  await turn();
  assert.deepEqual(engine.all("renegotiate"), []);
  await engine.tell(accepted(1));
  const { request } = engine.last("renegotiate");
  const failure = { cause: "rejected" as const, status: 488, reason: undefined, retryAfter: undefined };
  await engine.tell(settled(request, { failure }));
  assert.equal(engine.all("hangup").length, 1);
  await engine.tell(ended(1, { by: "local", cause: "bye", durationMs: 5 }));
  assert.equal((await call.ended).cause, "media-failed");
});

test("a call that ends before it is answered needs no other offer", async () => {
  const { ua, engine } = await connected(settings);
  const call = ua.call("sip:bob@example.com");
  await engine.tell(describe(1));
  made[0]?.context.onRenegotiationNeeded();
  await engine.tell(ended(1, { by: "remote", cause: "busy", status: 486 }));
  assert.equal((await call.ended).cause, "busy");
  assert.deepEqual([engine.all("renegotiate"), engine.all("hangup")], [[], []]);
});

test("without a handler of its own a call gets an RTCPeerConnection, with the user agent's settings", async () => {
  const devices = installRtc();
  const { ua, engine } = await connected({ media: { iceServers: [{ urls: "stun:s.example.com" }], audio: { echoCancellation: false } } });
  const call = ua.call("sip:bob@example.com");
  await engine.tell(describe(1));
  assert.deepEqual(devices.asked, [{ audio: { echoCancellation: false }, video: false }]);
  assert.deepEqual(FakeConnection.last().configuration.iceServers, [{ urls: "stun:s.example.com" }]);
  assert.deepEqual(await call.levels(), { input: 0.25, output: 0.5 });
  assert.equal((await call.stats())?.size, 3);
});

test("tones in the audio stream: done with the last one, broken off by the end of the call", async () => {
  installRtc();
  const { ua, engine } = await connected();
  const call = ua.call("sip:bob@example.com");
  await engine.tell(describe(1));
  await assert.rejects(call.sendDtmf("1"), { name: "MediaError", code: "media-failed" });
  const dtmf = new FakeDtmf();
  FakeConnection.last().tones = dtmf;
  const dialled = call.sendDtmf("12", { duration: 120, gap: 90 });
  assert.deepEqual(dtmf.inserted, [["12", 120, 90]]);
  let done = false;
  void dialled.then(() => { done = true; });
  dtmf.play("1");
  await turn();
  assert.equal(done, false);
  dtmf.play("");
  await dialled;
  const cut = assert.rejects(call.sendDtmf("3"), { code: "media-failed" });
  await engine.tell(ended(1));
  await cut;
});

// It was the promise that told of the failure, too late: the session was restored as held.
test("a hold that failed is taken back before the session is restored", async () => {
  const { ua, engine } = await connected(settings);
  const call = ua.call("sip:bob@example.com");
  await engine.tell(describe(1));
  await engine.tell(accepted(1));
  const holding = assert.rejects(call.hold(), { code: "rejected" });
  const { request } = engine.last("renegotiate");
  const failure = { cause: "rejected", status: 603, reason: undefined, retryAfter: undefined } as const;
  await engine.tell({ type: "rollback", call: 1, dialog: 0 }, settled(request, { failure }), describe(2));
  await holding;
  assert.deepEqual(made[0]?.done, ["offer", "commit 0", "hold true", "rollback 0", "hold false", "offer"]);
});
