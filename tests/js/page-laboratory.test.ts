/** The PRACK laboratory without its page: the wire, the callee's clock, what is dialled, and why. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { load } from "prackle";
import { EXPERIMENTS } from "../../www/laboratory/experiments.js";
import { COPIES_DUE, clockOf, facePosition } from "../../www/laboratory/handshakes.js";
import { saysOf100rel } from "../../www/laboratory/option-tags.js";
import { addressOf, ending, oddity, prackAnswer, refusal } from "../../www/laboratory/reasons.js";
import { type Faults, PLAIN, keepingOf, serverDoes, targetOf } from "../../www/laboratory/settings.js";
import { type MessageRow, type Side, WireModel } from "../../www/laboratory/wire-model.js";

before(() => load(readFileSync("dist/prackle.wasm")));

/** A message with the fields that the wire reads. */
function message(start: string, cseq: string, fields: string[] = [], toTag = "b", callId = "c1"): string {
  const head = [start, "Via: SIP/2.0/WSS a.invalid", "From: <sip:caller@x>;tag=a", `To: <sip:bob@x>${toTag === "" ? "" : `;tag=${toTag}`}`, `Call-ID: ${callId}`, `CSeq: ${cseq}`];
  return `${[...head, ...fields].join("\r\n")}\r\n\r\n`;
}

const INVITE = message("INVITE sip:bob@x SIP/2.0", "1 INVITE", [], "");
const TRYING = message("SIP/2.0 100 Trying", "1 INVITE", [], "");
const ringing = (rseq: number, toTag = "b"): string => message("SIP/2.0 180 Ringing", "1 INVITE", ["Require: 100rel", `RSeq: ${rseq}`], toTag);
const prack = (rseq: number, cseq = 2, toTag = "b"): string => message("PRACK sip:bob@x SIP/2.0", `${cseq} PRACK`, [`RAck: ${rseq} 1 INVITE`], toTag);
const answer = (status: number, method: string, cseq: number): string => message(`SIP/2.0 ${status} X`, `${cseq} ${method}`);

/** A wire on a clock that the test moves, and a server with these faults. */
class Scene {
  readonly wire = new WireModel();
  now = 0;

  constructor(faults: Partial<Faults> = {}) {
    this.wire.keeping = keepingOf({ faults: { ...PLAIN.faults, ...faults } });
  }

  sends(side: Side, text: string): this {
    this.wire.add({ side, at: this.now, direction: "sent", text });
    return this;
  }

  gets(side: Side, text: string): this {
    this.wire.add({ side, at: this.now, direction: "received", text });
    return this;
  }

  /** From one end to the other, through the server. */
  passes(side: Side, text: string): this {
    return this.sends(side, text).gets(side === "caller" ? "callee" : "caller", text);
  }

  after(ms: number): this {
    this.now += ms;
    this.wire.expire(this.now);
    return this;
  }

  /** The rows as `caller > server  PRACK  held`. */
  get rows(): string[] {
    return this.wire.messages.map(({ from, to, glance, fate }) => `${from} > ${to}  ${glance.status ?? glance.method}  ${fate}`);
  }

  row(at: number): MessageRow {
    const row = this.wire.messages[at];
    assert.ok(row);
    return row;
  }
}

test("what both ends saw is one row, what only one saw came from the server or stayed there", () => {
  const scene = new Scene().sends("caller", INVITE).gets("caller", TRYING).gets("callee", INVITE).sends("callee", TRYING).after(1000);
  assert.deepEqual(scene.rows, ["caller > callee  INVITE  through", "server > caller  100  hop", "callee > server  100  hop"]);
});

test("a reliable response, its PRACK and the 200 to that belong together", () => {
  const scene = new Scene().passes("caller", INVITE).passes("callee", ringing(7)).passes("caller", prack(7)).passes("callee", answer(200, "PRACK", 2));
  assert.deepEqual(scene.wire.messages.map(({ handshake }) => handshake), [undefined, 1, 1, 1]);
  const [handshake] = scene.wire.handshakes.all;
  assert.deepEqual([handshake?.rseq, handshake?.by, handshake?.copies, handshake?.acknowledgedAt], ["7", "callee", 1, 0]);
  assert.equal(scene.wire.handshakes.outstanding, undefined);
});

test("a PRACK that the server keeps is held, and late when it comes after all", () => {
  const scene = new Scene({ prack: "delay:4000" }).passes("callee", ringing(7)).sends("caller", prack(7)).after(599);
  assert.equal(scene.row(1).fate, "under way");
  scene.after(1);
  assert.equal(scene.row(1).fate, "held");
  scene.after(3400).gets("callee", prack(7));
  assert.deepEqual(scene.rows.slice(1), ["caller > server  PRACK  held", "server > callee  PRACK  released"]);
  assert.deepEqual([scene.row(2).late, scene.row(2).of, scene.row(2).handshake], [4000, scene.row(1).id, 1]);
});

test("a copy that arrives is the one that has just left, not the one that was lost before it", () => {
  const scene = new Scene({ response: "withhold" }).sends("callee", ringing(7)).after(500).passes("callee", ringing(7)).after(1000);
  assert.deepEqual(scene.rows, ["callee > server  180  held", "callee > caller  180  through"]);
  assert.deepEqual(scene.wire.messages.map(({ copy }) => copy), [1, 2]);
});

test("copies that are all late arrive in their order", () => {
  const scene = new Scene({ response: "delay:2000*" }).sends("callee", ringing(7)).after(500).sends("callee", ringing(7)).after(1500).gets("caller", ringing(7)).after(500).gets("caller", ringing(7));
  assert.deepEqual(scene.wire.messages.slice(2).map(({ late, of }) => [late, of]), [[2000, 1], [2000, 2]]);
  assert.equal(scene.wire.handshakes.all[0]?.copies, 2, "what the server releases is no copy of the sender's");
});

test("what may not be kept is on its way, however long that takes", () => {
  const scene = new Scene({ prack: "500+double*" }).sends("callee", ringing(7)).sends("caller", prack(7)).after(5000);
  assert.deepEqual(scene.rows, ["callee > server  180  under way", "caller > server  PRACK  under way"]);
  scene.gets("callee", prack(7)).sends("callee", ringing(7)).gets("caller", ringing(7));
  assert.deepEqual(scene.rows, ["callee > caller  180  through", "caller > callee  PRACK  through", "callee > server  180  under way"]);
});

test("a message that the server does not delay is not late, and one that it delays is", () => {
  const scene = new Scene({ prack: "delay:1000" }).sends("caller", prack(7)).after(499).gets("callee", prack(7)).sends("caller", prack(8, 3)).after(998).gets("callee", prack(8, 3));
  assert.deepEqual(scene.rows, ["caller > callee  PRACK  through", "caller > server  PRACK  held", "server > callee  PRACK  released"]);
});

test("what is to be expected of the server follows from what it was asked for", () => {
  const faults = { prack: "500+delay:4000+delay:1500", response: "pass+withhold*2", answer: "double*" };
  assert.deepEqual(keepingOf({ faults }), { prack: 1500, response: "some", answer: "nothing" });
});

test("what the server doubles is a copy of its own", () => {
  const scene = new Scene().passes("caller", prack(7)).gets("callee", prack(7));
  assert.deepEqual(scene.rows, ["caller > callee  PRACK  through", "server > callee  PRACK  copy"]);
});

test("what is changed on the way is told", () => {
  const scene = new Scene().passes("callee", ringing(7)).sends("caller", prack(7)).gets("callee", prack(8)).passes("callee", answer(481, "PRACK", 2));
  assert.deepEqual(scene.row(1).changes, ["RAck became 8 1 INVITE"]);
  assert.equal(scene.row(2).handshake, 1, "the refusal belongs to what the caller meant");
  assert.equal(scene.wire.handshakes.outstanding?.rseq, "7", "which still waits");
  const forged = new Scene().sends("caller", prack(7)).gets("callee", prack(7, 2, "bx"));
  assert.deepEqual(forged.row(0).changes, ["To tag became bx"]);
});

test("a PRACK for an RSeq that was falsified belongs to the response as it was sent", () => {
  const scene = new Scene().sends("callee", ringing(7)).gets("caller", ringing(8)).passes("caller", prack(8));
  assert.deepEqual(scene.wire.messages.map(({ handshake }) => handshake), [1, 1]);
  scene.passes("callee", ringing(8));
  assert.deepEqual([scene.row(2).handshake, scene.row(2).copy], [2, 1], "and the response that has this RSeq is another");
});

test("a PRACK that the server answers is not held", () => {
  const scene = new Scene().passes("callee", ringing(7)).sends("caller", prack(7)).gets("caller", answer(500, "PRACK", 2)).after(1000);
  assert.deepEqual(scene.rows.slice(1), ["caller > server  PRACK  hop", "server > caller  500  hop"]);
});

test("the server's own response is acknowledged by the server", () => {
  const own = message("SIP/2.0 182 Queued", "1 INVITE", ["Require: 100rel", "RSeq: 9"], "s");
  const scene = new Scene().gets("caller", own).sends("caller", prack(9, 2, "s")).gets("caller", message("SIP/2.0 200 OK", "2 PRACK", [], "s"));
  const [handshake] = scene.wire.handshakes.all;
  assert.deepEqual([handshake?.by, handshake?.acknowledgedAt], ["server", 0]);
  assert.equal(scene.wire.handshakes.outstanding, undefined, "and never the callee's affair");
});

test("each hop acknowledges a refusal for itself", () => {
  const ack = message("ACK sip:bob@x SIP/2.0", "1 ACK");
  const scene = new Scene().passes("caller", INVITE).passes("callee", answer(420, "INVITE", 1)).sends("caller", ack).gets("callee", ack).after(1000);
  assert.deepEqual(scene.rows.slice(2), ["caller > server  ACK  hop", "server > callee  ACK  hop"]);
  const answered = new Scene().passes("caller", INVITE).passes("callee", answer(200, "INVITE", 1)).passes("caller", ack);
  assert.equal(answered.rows[2], "caller > callee  ACK  through");
});

test("a final response stops the callee's clock", () => {
  const scene = new Scene().passes("callee", ringing(7)).after(800).passes("callee", answer(200, "INVITE", 1));
  assert.equal(scene.wire.handshakes.outstanding, undefined);
  assert.equal(scene.wire.handshakes.all[0]?.closedAt, 800);
});

test("stragglers of a call that was cleared away are not shown", () => {
  const scene = new Scene().passes("caller", INVITE);
  scene.wire.clear();
  scene.passes("callee", ringing(7)).passes("caller", message("REGISTER sip:x SIP/2.0", "1 REGISTER", [], "", "r"));
  assert.deepEqual(scene.rows, []);
});

test("the clock tells when the next copy is due and when its sender gives up", () => {
  const scene = new Scene().passes("callee", ringing(7));
  const clock = (): number[] => {
    const { outstanding } = scene.wire.handshakes;
    assert.ok(outstanding);
    const { elapsed, nextIn = -1, giveUpIn } = clockOf(outstanding, scene.now);
    return [elapsed, nextIn, giveUpIn];
  };
  assert.deepEqual(clock(), [0, 500, 32_000]);
  scene.after(500).passes("callee", ringing(7)).after(250);
  assert.deepEqual(clock(), [750, 750, 31_250]);
  for (const due of COPIES_DUE.slice(1)) {
    scene.now = due;
    scene.passes("callee", ringing(7));
  }
  assert.deepEqual([scene.now, ...clock()], [31_500, 31_500, -1, 500], "RFC 3262 section 3: no copy after the seventh");
});

test("on the clock's face pauses that double are equally long", () => {
  const places = [0, ...COPIES_DUE].map(facePosition);
  const steps = places.slice(1).map((place, at) => place - (places[at] ?? 0));
  assert.ok(steps.every((step) => Math.abs(step - (steps[0] ?? 0)) < 1e-9));
  assert.equal(facePosition(32_000), 1);
  assert.equal(facePosition(99_000), 1);
});

test("what is dialled follows from the settings", () => {
  const faults = { prack: "", response: "", answer: "" };
  assert.equal(targetOf("heidi", "localhost", PLAIN), "sip:heidi@localhost");
  assert.equal(targetOf("heidi", "localhost", { ...PLAIN, queue: true }), "sip:queue@localhost;to=heidi");
  const bad = { ...PLAIN, faults: { ...faults, prack: "withhold*", answer: "double*" } };
  assert.equal(targetOf("heidi", "localhost", bad), "sip:flaky@localhost;to=heidi;prack=withhold*;200=double*");
  assert.deepEqual(serverDoes(bad), ["PRACK: all are lost", "200 to PRACK: each one comes twice"]);
  assert.deepEqual(serverDoes({ ...PLAIN, faults: { ...faults, prack: "delay:1500" } }), ["PRACK: the first one is 1.5 s late"]);
  assert.deepEqual(serverDoes(PLAIN), []);
});

test("option tags are found in any form, and no others", () => {
  assert.deepEqual(saysOf100rel("INVITE sip:b SIP/2.0\r\nk: timer , 100REL\r\nRequire: 100rel\r\n\r\nSupported: 100rel\r\n"), ["Supported: 100rel", "Require: 100rel"]);
  assert.deepEqual(saysOf100rel("INVITE sip:b SIP/2.0\r\nSupported: x100rel, 199\r\n\r\n"), []);
});

test("every reason is a sentence, with a place in an RFC that can be opened", () => {
  const reasons = [refusal("outstanding"), refusal("queue-full"), ending("bad-extension"), oddity("rseq-gap"), ...[400, 407, 481, 500, 503, undefined].map(prackAnswer)];
  for (const reason of reasons) {
    assert.match(reason?.text ?? "", /^[A-Z].*\.$/);
    if (reason?.rfc !== undefined) assert.match(addressOf(reason.rfc) ?? "", /^https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d{4}#section-[\d.]+$/);
  }
  assert.equal(prackAnswer(200), undefined);
  assert.equal(oddity("no-ack"), undefined, "it is no matter of RFC 3262");
  assert.equal(refusal("media-failed").text, "Refused: media-failed.");
});

test("the tour is one: every experiment has its sentences, and nothing of it has been seen before it is run", () => {
  assert.equal(new Set(EXPERIMENTS.map(({ id }) => id)).size, EXPERIMENTS.length);
  for (const { title, before, lesson, button, looks, rfc } of EXPERIMENTS) {
    for (const sentence of [before, lesson, ...looks.map(({ text }) => text)]) assert.match(sentence, /^[A-Z0-9].*\.$/, title);
    assert.ok(button.length > 0 && looks.length > 1 && addressOf(rfc) !== undefined);
    const wire = new WireModel();
    assert.deepEqual(looks.map((look) => look.seen(wire)), looks.map(() => false), title);
  }
});
