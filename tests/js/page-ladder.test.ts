/** The demo page's ladder: what it reads from messages, and what it joins. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { load } from "prackle";
import { LadderModel } from "../../www/ladder-model.js";
import { glance, lines, shortUri } from "../../www/sip-text.js";

before(() => load(readFileSync("dist/prackle.wasm")));

/** A message with the fields that the ladder reads. */
function message(start: string, cseq: string, fields: string[] = [], toTag = "b1", callId = "c1"): string {
  const head = [start, "Via: SIP/2.0/WSS a.invalid;branch=z9hG4bK1", "From: Alice <sip:alice@example.com>;tag=a1", `To: <sip:bob@example.com>${toTag === "" ? "" : `;tag=${toTag}`}`, `Call-ID: ${callId}`, `CSeq: ${cseq}`];
  return `${[...head, ...fields].join("\r\n")}\r\n\r\n`;
}

const INVITE = message("INVITE sip:bob@example.com SIP/2.0", "1 INVITE", [], "");
const ringing = (rseq: number, toTag = "b1"): string => message("SIP/2.0 180 Ringing", "1 INVITE", ["Require: 100rel", `RSeq: ${rseq}`], toTag);
const prack = (cseq: number, rseq: number, toTag = "b1"): string => message("PRACK sip:b@host SIP/2.0", `${cseq} PRACK`, [`RAck: ${rseq} 1 INVITE`], toTag);
const acknowledged = (cseq: number, toTag = "b1"): string => message("SIP/2.0 200 OK", `${cseq} PRACK`, [], toTag);

/** A ladder that has seen these, `>` for sent and `<` for received. */
function ladder(...seen: [arrow: ">" | "<", text: string][]): LadderModel {
  const model = new LadderModel(100);
  for (const [arrow, text] of seen) model.add({ at: 0, direction: arrow === ">" ? "sent" : "received", text });
  return model;
}

test("a glance reads requests and responses, long and compact forms", () => {
  const response = glance("SIP/2.0 183 Session Progress\r\nv: SIP/2.0/WSS a.invalid\r\nf: <sip:a@x>\r\nt: \"Bob\" <sip:bob%20b@x>;tag=7\r\ni: 1@x\r\nCSeq: 1 INVITE\r\nRequire: timer\r\nRequire: 100rel\r\nRSeq: 5\r\nc: application/sdp\r\n\r\nv=0\r\n");
  assert.deepEqual(response, {
    method: "INVITE", status: 183, reason: "Session Progress", callId: "1@x", cseq: "1", toTag: "7", from: "a", to: "bob b", rseq: "5", sdp: true,
  });
  assert.equal(glance(prack(2, 5))?.rack?.join(" "), "5 1 INVITE");
  assert.equal(glance("\r\n\r\n"), undefined);
});

test("of a message that was not taken a glance reads what it can", () => {
  const read = glance("INVITE sip:b@x SIP/2.0\r\nFrom: <sip:a@x>;tag=1\r\nTo: nobody\r\nCall-ID: 1@x\r\nCSeq: 1 INVITE\r\nc: application/sdp\r\n\r\nv=0\r\n");
  assert.deepEqual(read, { method: "INVITE", callId: "1@x", cseq: "1", toTag: "", from: "a", to: "", sdp: true });
  assert.equal(glance("SIP/2.0 999 Odd\r\n\r\n"), undefined);
});

test("RSeq counts only in a provisional response that requires 100rel", () => {
  assert.equal(glance(message("SIP/2.0 180 Ringing", "1 INVITE", ["RSeq: 5"]))?.rseq, undefined);
  assert.equal(glance(message("SIP/2.0 200 OK", "1 INVITE", ["RSeq: 5", "Require: 100rel"]))?.rseq, undefined);
  assert.equal(glance(ringing(5))?.rseq, "5");
  for (const rseq of [0, 4_294_967_296]) assert.deepEqual([glance(ringing(rseq))?.rseq, glance(ringing(rseq))?.badRseq], [undefined, String(rseq)]);
});

test("a reliable response is joined to its PRACK, and that to its 200", () => {
  const model = ladder([">", INVITE], ["<", ringing(5)], [">", prack(2, 5)], ["<", acknowledged(2)]);
  assert.deepEqual([...model.handshakes.values()], [{ response: 2, prack: 3, done: 4 }]);
  assert.deepEqual(model.rows.map(({ joins }) => joins), [undefined, undefined, 2, 2]);
});

test("the same RSeq in two forks is two responses", () => {
  const model = ladder([">", INVITE], ["<", ringing(5, "b1")], ["<", ringing(5, "b2")], [">", prack(2, 5, "b2")], [">", prack(2, 5, "b1")], ["<", acknowledged(2, "b1")]);
  assert.deepEqual([...model.handshakes.values()], [{ response: 2, prack: 5, done: 6 }, { response: 3, prack: 4 }]);
});

test("a retransmission is marked and joined to nothing", () => {
  const model = ladder([">", INVITE], ["<", ringing(5)], ["<", ringing(5)], [">", prack(2, 5)]);
  assert.equal(model.rows[2]?.repeats, 2);
  assert.deepEqual([...model.handshakes.values()], [{ response: 2, prack: 4 }]);
});

test("calls are numbered and named after the far end, the rest is not", () => {
  const model = ladder([">", message("REGISTER sip:x SIP/2.0", "1 REGISTER", [], "", "r1")], [">", INVITE], ["<", message("INVITE sip:b SIP/2.0", "1 INVITE", [], "", "c2")]);
  assert.deepEqual([...model.threads.values()].map(({ number, name }) => [number, name]), [[0, "Registration"], [1, "bob"], [2, "alice"]]);
});

test("the ladder is bounded, and what it drops it forgets", () => {
  const model = new LadderModel(3);
  for (let cseq = 1; cseq <= 50; cseq += 1) {
    model.add({ at: 0, direction: "received", text: ringing(cseq) });
    model.add({ at: 0, direction: "sent", text: prack(cseq, cseq) });
  }
  assert.equal(model.rows.length, 3);
  assert.equal(model.threads.get("c1")?.size, 3);
  assert.ok(model.handshakes.size <= 2);
});

test("a PRACK whose response was dropped, or never seen, stands alone", () => {
  const model = ladder([">", prack(2, 5)], ["<", acknowledged(2)]);
  assert.deepEqual(model.rows.map(({ joins }) => joins), [undefined, undefined]);
});

test("the lines that make a response reliable stand out", () => {
  const kinds = lines(ringing(5)).filter(({ kind }) => kind === "reliable").map(({ name }) => name);
  assert.deepEqual(kinds, ["Require:", "RSeq:"]);
});

test("a URI is named by its user", () => {
  assert.deepEqual(["sip:bob@x;user=phone", "sip:x", "tel:+4930;ext=5", "sip:%zz@x"].map(shortUri), ["bob", "x", "+4930", "%zz"]);
});
