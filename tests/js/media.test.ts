/** The default media of a call: devices, directions, provisional answers, gathering, and the end. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { MediaError, PeerConnectionMedia } from "../../js/index.js";
import type { MediaOptions, MediaSettings, RemoteDescription } from "../../js/index.js";
import { bundled, rejectsAll, renumbered, succeeding, wantsToHear } from "../../js/media/sdp.js";
import { turn } from "./fake-engine.js";
import { FakeConnection, FakeStream, FakeTrack, define, installRtc } from "./fake-rtc.js";
import type { FakeDevices } from "./fake-rtc.js";

let devices: FakeDevices;
let heard: unknown[];
let failures: MediaError[];
let renegotiations: number;

beforeEach(() => {
  devices = installRtc();
  heard = [];
  failures = [];
  renegotiations = 0;
});

function mediaWith(options: MediaOptions = {}, settings: MediaSettings = {}): PeerConnectionMedia {
  return new PeerConnectionMedia({
    direction: "outgoing",
    options,
    onRemoteStream: (stream) => heard.push(stream),
    onFailure: (error) => failures.push(error),
    onRenegotiationNeeded: () => { renegotiations += 1; },
  }, settings);
}

const OFFER = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=sendrecv\r\n";

test("nothing is opened before a description is needed", async () => {
  const media = mediaWith();
  assert.deepEqual([devices.asked, FakeConnection.made], [[], []]);
  assert.match(await media.createOffer(undefined), /m=audio 9/);
  assert.deepEqual(devices.asked, [{ audio: true, video: false }]);
  assert.deepEqual(FakeConnection.last().configuration, { iceServers: [], iceTransportPolicy: "all", certificates: [{ made: "ECDSA" }] });
  await media.createOffer(undefined);
  assert.equal(devices.asked.length, 1, "a second offer keeps the microphone that is open");
});

test("listening only: no microphone, and the offer says so", async () => {
  assert.match(await mediaWith({ audio: false }).createOffer(undefined), /a=recvonly/);
  assert.deepEqual(devices.asked, []);
});

test("video is offered when it is wanted, and turned away when not", async () => {
  assert.match(await mediaWith({ video: true }).createOffer(undefined), /m=video 9/);
  const answer = await mediaWith().createAnswer(`${OFFER}m=video 9 UDP/TLS/RTP/SAVPF 96\r\n`, 0);
  assert.match(answer, /m=audio 9/);
  assert.match(answer, /m=video 0/);
});

test("an offer that only speaks opens no microphone; one that wants to hear does", async () => {
  const media = mediaWith();
  assert.match(await media.createAnswer(OFFER.replace("sendrecv", "sendonly"), 0), /a=recvonly/);
  assert.deepEqual(devices.asked, []);
  assert.match(await media.createAnswer(OFFER, 0), /a=sendrecv/);
  assert.equal(devices.asked.length, 1);
});

test("which offers want to hear us", () => {
  const audio = (port: number, direction = ""): string => `m=audio ${port} RTP/AVP 0\r\n${direction}`;
  assert.ok(wantsToHear(`v=0\r\n${audio(9)}`));
  assert.ok(wantsToHear(`v=0\r\na=sendonly\r\n${audio(9, "a=recvonly\r\n")}`));
  assert.ok(!wantsToHear(`v=0\r\na=inactive\r\n${audio(9)}`));
  assert.ok(!wantsToHear(`v=0\r\n${audio(0)}`));
  assert.ok(!wantsToHear("v=0\r\nm=video 9 RTP/AVP 96\r\n"));
  assert.ok(rejectsAll("v=0\r\nm=audio 0 RTP/AVP 0\r\n") && !rejectsAll(OFFER));
});

test("an answer with one section names the group that it is in anyway", () => {
  const answer = (port: number, mid = "a=mid:a\r\n"): string => `v=0\r\nt=0 0\r\nm=audio ${port} UDP/TLS/RTP/SAVPF 0\r\n${mid}`;
  assert.equal(bundled(answer(9)), answer(9).replace("m=", "a=group:BUNDLE a\r\nm="));
  for (const left of [bundled(answer(9)), answer(9, ""), answer(0), `${answer(9)}m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:b\r\n`]) {
    assert.equal(bundled(left), left);
  }
});

// A gateway offered anew without the group that it had agreed to: Chromium made no answer, and the call got 480.
test("an offer inside a session with a BUNDLE group is taken as one of that group, and answered without it", async () => {
  const media = mediaWith();
  await media.createOffer(undefined);
  const connection = FakeConnection.last();
  connection.group = "a=group:BUNDLE 0\r\n";
  connection.localDescription = { sdp: `v=0\r\n${connection.group}` };
  await media.setRemote({ sdp: "v=0\r\n", kind: "answer", dialog: 0, commit: true });
  const answer = await media.createAnswer("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n", 0);
  assert.match(connection.applied[2] ?? "", /^remote offer v=0\r\na=group:BUNDLE 0\r\nm=audio/);
  assert.doesNotMatch(answer, /BUNDLE/);
});

test("early answers are provisional: the first fork is heard, the answer that counts wins", async () => {
  const media = mediaWith();
  await media.createOffer(undefined);
  const connection = FakeConnection.last();
  await media.setRemote({ sdp: "A1", kind: "preview", dialog: 0, commit: false });
  await media.setRemote({ sdp: "B1", kind: "answer", dialog: 1, commit: false });
  await media.setRemote({ sdp: "A2", kind: "answer", dialog: 0, commit: false });
  await media.setRemote({ sdp: "B2", kind: "answer", dialog: 1, commit: true });
  assert.deepEqual(connection.applied, ["local offer", "remote pranswer A1", "remote pranswer A2", "remote answer B2"]);
  await media.setRemote({ sdp: "B3", kind: "answer", dialog: 1, commit: true });
  assert.equal(connection.applied.length, 4, "a later description is none (RFC 6337 section 3.1.1)");
  assert.equal(new Set(heard).size, 1, "the remote stream stays the same object");
  assert.equal(media.remoteStream, heard[0]);
});

test("an early answer counts when its dialog is the one that was answered, or is offered anew", async () => {
  const media = mediaWith();
  await media.createOffer(undefined);
  const connection = FakeConnection.last();
  await media.setRemote({ sdp: "A", kind: "answer", dialog: 0, commit: false });
  await media.setRemote({ sdp: "B", kind: "answer", dialog: 1, commit: false });
  await media.setRemote({ sdp: "C", kind: "preview", dialog: 2, commit: false });
  await media.commit(1);
  await media.commit(2);
  assert.deepEqual(connection.applied.slice(1), ["remote pranswer A", "remote answer B"]);
  await media.createOffer(1);
  await media.setRemote({ sdp: "D", kind: "answer", dialog: 1, commit: false });
  await media.createOffer(1);
  assert.deepEqual(connection.applied.slice(3), ["local offer", "remote pranswer D", "remote answer D", "local offer"]);
});

test("when the fork that was heard ends, the next one is heard", async () => {
  const media = mediaWith();
  await media.createOffer(undefined);
  await media.setRemote({ sdp: "A", kind: "preview", dialog: 0, commit: false });
  media.endDialog(0);
  await media.setRemote({ sdp: "B", kind: "preview", dialog: 1, commit: false });
  assert.equal(FakeConnection.last().applied.at(-1), "remote pranswer B");
});

/** An early answer, or the one that counts, from the ICE agent of this name. */
function answerOf(agent: string, dialog: number, commit = false): RemoteDescription {
  return { sdp: `a=ice-ufrag:${agent}`, kind: "answer", dialog, commit };
}

const versionIn = (description: string): number => Number(/^o=\S+ \S+ (\d+)/m.exec(description)?.[1]);

// Firefox refused every early answer ("pranswer not yet implemented"), and early media was not heard.
test("without provisional answers the first early one is applied for good, and heard", async () => {
  FakeConnection.provisional = false;
  const media = mediaWith();
  await media.createOffer(undefined);
  const connection = FakeConnection.last();
  await media.setRemote({ ...answerOf("A", 0), kind: "preview" });
  await media.setRemote(answerOf("A", 0));
  await media.setRemote(answerOf("B", 1));
  assert.equal(heard.length, 1);
  await media.commit(0);
  await media.setRemote(answerOf("B", 1, true));
  await media.createOffer(0);
  assert.deepEqual(connection.applied, ["local offer", `remote answer ${answerOf("A", 0).sdp}`, "local offer"]);
  assert.deepEqual([FakeConnection.made.length, renegotiations], [1, 0]);
});

test("without provisional answers another fork that answers is offered a new connection, with the same certificate", async () => {
  FakeConnection.provisional = false;
  for (const answer of [
    (media: PeerConnectionMedia) => media.setRemote(answerOf("B", 1, true)),
    (media: PeerConnectionMedia) => media.setRemote(answerOf("B", 1)).then(() => media.commit(1)),
  ]) {
    const media = mediaWith();
    const version = versionIn(await media.createOffer(undefined));
    const early = FakeConnection.last();
    await media.setRemote(answerOf("A", 0));
    const before = renegotiations;
    await answer(media);
    assert.equal(renegotiations, before + 1);
    assert.deepEqual([early.closed, media.remoteStream], [true, undefined]);
    assert.ok(versionIn(await media.createOffer(1)) > version);
    const now = FakeConnection.last();
    assert.notEqual(now, early);
    assert.equal(now.configuration.certificates?.[0], early.configuration.certificates?.[0]);
    await media.setRemote(answerOf("B", 1, true));
    assert.deepEqual(now.applied, ["local offer", `remote answer ${answerOf("B", 1).sdp}`]);
    assert.deepEqual(media.remoteStream?.getTracks(), [now.getTransceivers()[0]?.receiver.track]);
  }
});

test("without provisional answers an offer in the dialog of another fork needs no wish for one", async () => {
  FakeConnection.provisional = false;
  const media = mediaWith();
  await media.createOffer(undefined);
  const early = FakeConnection.last();
  await media.setRemote(answerOf("A", 0));
  await media.setRemote(answerOf("B", 1));
  await media.createOffer(1);
  assert.deepEqual([early.closed, FakeConnection.made.length, renegotiations], [true, 2, 0]);
});

test("forks that offer get a connection each, until one answers", async () => {
  const media = mediaWith();
  await media.createAnswer(OFFER, 0);
  const first = FakeConnection.last();
  await media.createAnswer(OFFER, 1);
  const second = FakeConnection.last();
  assert.notEqual(first, second);
  assert.equal(devices.asked.length, 1);
  assert.deepEqual(media.remoteStream?.getTracks(), [first.getTransceivers()[0]?.receiver.track]);
  first.fail();
  assert.deepEqual(failures, [], "the other fork may still answer");
  await media.commit(1);
  assert.deepEqual([first.closed, second.closed], [true, false]);
  assert.deepEqual(media.remoteStream.getTracks(), [second.getTransceivers()[0]?.receiver.track]);
  await media.createAnswer(OFFER, 1);
  assert.equal(FakeConnection.made.length, 2, "the confirmed dialog keeps its connection");
});

test("of forks that offer, the next is heard when the first ends", async () => {
  const media = mediaWith();
  await media.createAnswer(OFFER, 0);
  const first = FakeConnection.last();
  await media.createAnswer(OFFER, 1);
  media.endDialog(0);
  assert.deepEqual([first.closed, media.peerConnection], [true, FakeConnection.last()]);
});

test("the application's stream is used as it is, and left open", async () => {
  const stream = new FakeStream([new FakeTrack("audio")]);
  const media = mediaWith({ stream: stream as unknown as MediaStream });
  await media.createOffer(undefined);
  assert.equal(FakeConnection.last().getTransceivers()[0]?.sender.track, stream.getTracks()[0]);
  media.close();
  assert.equal(stream.getTracks()[0]?.readyState, "live");
  assert.deepEqual(devices.asked, []);
});

test("close() stops every track and the connection", async () => {
  const media = mediaWith();
  await media.createOffer(undefined);
  media.close();
  const connection = FakeConnection.last();
  const tracks = [...devices.given.flatMap((stream) => stream.getTracks()), ...connection.getTransceivers().map(({ receiver }) => receiver.track)];
  assert.deepEqual(tracks.map(({ readyState }) => readyState), ["ended", "ended"]);
  assert.ok(connection.closed);
});

test("a microphone that is granted after the call ended is closed at once", async () => {
  let grant: () => void = () => undefined;
  devices.gate = new Promise((resolve) => { grant = resolve; });
  const media = mediaWith();
  void media.createOffer(undefined).catch(() => undefined);
  await turn();
  media.close();
  grant();
  await turn();
  assert.equal(devices.given[0]?.getTracks()[0]?.readyState, "ended");
});

test("refused, missing and busy microphones have names of their own", async () => {
  for (const [name, code] of [["NotAllowedError", "media-denied"], ["NotFoundError", "media-missing"], ["NotReadableError", "media-failed"]] as const) {
    devices.error = name;
    await assert.rejects(mediaWith().createOffer(undefined), (error) => error instanceof MediaError && error.code === code && (error.cause as Error).name === name);
  }
  define("navigator", {});
  await assert.rejects(mediaWith().createOffer(undefined), { code: "media-missing" });
});

test("an offer that cannot be read, or has nothing in common, is not acceptable and is rolled back", async () => {
  await assert.rejects(mediaWith().createAnswer("nonsense", 0), { code: "not-acceptable" });
  await assert.rejects(mediaWith().createAnswer("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", 0), { code: "not-acceptable" });
  assert.equal(FakeConnection.last().applied.at(-1), "remote rollback");
});

test("an offer that came to nothing is rolled back; otherwise there is nothing to roll back", async () => {
  const media = mediaWith();
  await media.rollback(0);
  await media.createOffer(undefined);
  await media.rollback(0);
  await media.rollback(0);
  assert.deepEqual(FakeConnection.last().applied, ["local offer", "local rollback"]);
});

test("an offer that says nothing new goes under the former version", async () => {
  const text = (version: number, rest = ""): string => `v=0\r\no=- 1 ${version} IN IP4 $&\r\ns=-\r\n${rest}`;
  assert.equal(renumbered(text(3), text(2)), text(2));
  assert.equal(renumbered(text(3, "a=sendonly\r\n"), text(2)), text(3, "a=sendonly\r\n"));
  assert.equal(renumbered(text(3), ""), text(3));
  // Browsers count every description: what is compared is what was sent, an answer or an offer.
  const media = mediaWith();
  const versions = async (): Promise<string | undefined> => / 1 (\d+) /.exec(await media.createOffer(0))?.[1];
  await media.createAnswer(OFFER, 0);
  assert.deepEqual([await versions(), await versions()], ["1", "1"]);
  media.hold(true);
  assert.deepEqual([await versions(), await versions()], ["4", "4"]);
});

test("the description of another connection goes on with the origin of the session", () => {
  const text = (origin: string): string => `v=0\r\no=${origin} IN IP4 0.0.0.0\r\ns=-\r\n`;
  assert.equal(succeeding(text("mozilla 77 0"), text("mozilla 5598170983785086359 4")), text("mozilla 5598170983785086359 5"));
  assert.equal(succeeding(text("- 77 2"), ""), text("- 77 2"));
});

test("hold: the next offer only sends", async () => {
  const media = mediaWith();
  await media.createOffer(undefined);
  media.hold(true);
  assert.match(await media.createOffer(undefined), /a=sendonly/);
  media.hold(false);
  assert.match(await media.createOffer(undefined), /a=sendrecv/);
});

// A hold that was refused, or lost with its connection, left the call without sound in Chromium.
test("a hold that came to nothing is undone by the negotiation that holds", async () => {
  const media = mediaWith();
  await media.createOffer(undefined);
  await media.setRemote({ sdp: "v=0\r\n", kind: "answer", dialog: 0, commit: true });
  media.hold(true);
  await media.createOffer(0);
  await media.rollback(0);
  const { applied } = FakeConnection.last();
  assert.deepEqual(applied.slice(2), ["local offer", "local rollback", "local offer", "remote answer v=0"]);
  assert.match(FakeConnection.last().localDescription?.sdp ?? "", /a=sendrecv/);
});

test("a hold that came to nothing, where the peer had offered", async () => {
  const media = mediaWith();
  const offer = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";
  await media.createAnswer(offer, 0);
  media.hold(true);
  await media.createOffer(0);
  await media.rollback(0);
  const { applied } = FakeConnection.last();
  assert.deepEqual(applied.slice(2), ["local offer", "local rollback", `remote offer ${offer}`.trim(), "local answer"]);
});

test("a connection that failed is told once", async () => {
  const media = mediaWith();
  await media.createOffer(undefined);
  FakeConnection.last().fail();
  assert.deepEqual(failures.map(({ code }) => code), ["media-failed"]);
  media.close();
  FakeConnection.last().fail();
  assert.equal(failures.length, 1);
});

test("gathering ends with the last candidate, or when enough are there, or with its time", async () => {
  FakeConnection.gathering = "manual";
  const offering = async (settings: MediaSettings, act: (connection: FakeConnection) => void): Promise<boolean> => {
    let done = false;
    void mediaWith({}, settings).createOffer(undefined).then(() => { done = true; });
    await turn();
    act(FakeConnection.last());
    await turn();
    return done;
  };
  const stun = { iceServers: [{ urls: "stun:stun.example.com" }] };
  const turnServer = { iceServers: [{ urls: ["stun:s.example.com", "turn:t.example.com"] }] };
  assert.equal(await offering({}, (connection) => { connection.candidate("host"); }), false);
  assert.equal(await offering({}, (connection) => { connection.candidate(null); }), true);
  assert.equal(await offering(stun, (connection) => { connection.candidate("host"); }), false);
  assert.equal(await offering(stun, (connection) => { connection.candidate("host"); connection.candidate("srflx"); }), true);
  assert.equal(await offering(turnServer, (connection) => { connection.candidate("host"); connection.candidate("srflx"); }), false);
  assert.equal(await offering({ ...turnServer, iceTransportPolicy: "relay" }, (connection) => { connection.candidate("relay"); }), true);
  FakeConnection.gathering = "complete";
  const media = mediaWith();
  await media.createOffer(undefined);
  FakeConnection.gathering = "restart";
  let answered = false;
  void media.createAnswer(OFFER, 0).then(() => { answered = true; });
  await turn();
  assert.equal(answered, false, "after an ICE restart the state tells of the gathering before");
  FakeConnection.last().candidate(null);
  await turn();
  assert.equal(answered, true);
  FakeConnection.gathering = "manual";
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    assert.equal(await offering({ iceGatheringTimeout: 400 }, () => { mock.timers.tick(399); }), false);
    assert.equal(await offering({ iceGatheringTimeout: 400 }, () => { mock.timers.tick(400); }), true);
  } finally {
    mock.timers.reset();
  }
});
