/** readMessage(): what it tells of a text, whatever the text is. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { SipError, load, readMessage } from "../../js/index.js";
import type { MalformedMessage, RequestMessage, ResponseMessage } from "../../js/index.js";

const INVITE = readFileSync("benches/corpus/invite.sip", "utf8");
const HEAD = "Via: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: 7\r\n";

/** A response with these header fields and this body. */
const response = (start: string, fields: string, body = ""): string => `SIP/2.0 ${start}\r\n${HEAD}CSeq: 1 INVITE\r\n${fields}\r\n${body}`;

// Before anything is loaded: tests run one after the other.
test("nothing can be read before load() is through", async () => {
  assert.throws(() => readMessage(INVITE), (error) => error instanceof SipError && error.code === "not-loaded");
  await load(readFileSync("dist/prackle.wasm"));
  assert.equal(readMessage(INVITE).kind, "request");
});

test("a request, with all that is told apart", () => {
  const { headers, ...read } = { ...readMessage(INVITE), headers: readMessage(INVITE).headers };
  const address = { displayName: undefined, tag: undefined, parameters: "" };
  assert.deepEqual({ ...read, body: read.body.length }, {
    kind: "request", fault: undefined, uri: "sip:alice@df7jal23ls0d.invalid;transport=ws", status: undefined, reason: undefined, method: "INVITE",
    from: { displayName: "Bob B.", uri: "sip:bob@example.com", tag: "1928301774", parameters: ";tag=1928301774" },
    to: { ...address, uri: "sip:alice@example.com" },
    callId: "a84b4c76e66710@pc33.example.com",
    cseq: { number: 101, method: "INVITE" },
    via: { transport: "WSS", host: "edge.example.com", port: undefined, branch: "z9hG4bK77ef4c2312983.1", received: undefined },
    contacts: [{ ...address, uri: "sip:bob@198.51.100.7:5060;ob" }],
    recordRoute: [
      { ...address, uri: "sip:edge.example.com;transport=ws;lr;r2=on;ftag=1928301774" },
      { ...address, uri: "sip:198.51.100.1;lr;r2=on;ftag=1928301774" },
    ],
    maxForwards: 68, contentType: "application/sdp", sessionExpires: { seconds: 1800, refresher: undefined },
    rel100: "supported", rseq: undefined, rack: undefined, body: 1005,
  });
  assert.deepEqual([headers.length, headers[0], headers.at(-1)], [
    18, ["Via", "SIP/2.0/WSS edge.example.com;branch=z9hG4bK77ef4c2312983.1;rport"], ["Content-Length", "1005"],
  ]);
});

test("a reliable response and the PRACK for it", () => {
  const ringing = readMessage(readFileSync("benches/corpus/progress.sip", "utf8")) as ResponseMessage;
  assert.deepEqual([ringing.kind, ringing.status, ringing.reason, ringing.method], ["response", 183, "Session Progress", "INVITE"]);
  assert.deepEqual([ringing.rel100, ringing.rseq, ringing.via.received], ["required", 813_520, "192.0.2.44"]);
  const prack = readMessage(readFileSync("benches/corpus/prack.sip", "utf8")) as RequestMessage;
  assert.deepEqual([prack.rack, prack.rel100], [{ rseq: 776_656, cseq: { number: 101, method: "INVITE" } }, "none"]);
});

test("RSeq and RAck are told when they are valid", () => {
  const rseqOf = (fields: string): number | undefined => (readMessage(response("183 X", fields)) as ResponseMessage).rseq;
  assert.deepEqual(["RSeq: 4294967295\r\n", "RSeq: 0\r\n", "RSeq: 4294967296\r\n", "RSeq: 1\r\nRSeq: 2\r\n", ""].map(rseqOf), [
    4_294_967_295, undefined, undefined, undefined, undefined,
  ]);
  const rackOf = (rack: string): unknown => (readMessage(`PRACK sip:b@x SIP/2.0\r\n${HEAD}CSeq: 2 PRACK\r\nRAck: ${rack}\r\n\r\n`) as RequestMessage).rack;
  assert.deepEqual([rackOf("9 1\t INVITE"), rackOf("9 1")], [{ rseq: 9, cseq: { number: 1, method: "INVITE" } }, undefined]);
});

test("places are right in text beyond ASCII, before and after it", () => {
  const text = response("200 Schön 🐈", 'Contact: "猫 🐈" <sip:c@x>;q=1, <sip:d@x>\r\nSubject: Grüße 🐈\r\nX: y\r\n', "ünd 🐈!");
  const read = readMessage(text) as ResponseMessage;
  assert.deepEqual([read.reason, read.callId, read.body], ["Schön 🐈", "7", "ünd 🐈!"]);
  assert.deepEqual(read.contacts.map(({ displayName, uri, parameters }) => [displayName, uri, parameters]), [["猫 🐈", "sip:c@x", ";q=1"], [undefined, "sip:d@x", ""]]);
  assert.deepEqual(read.headers.slice(-2), [["Subject", "Grüße 🐈"], ["X", "y"]]);
});

test("folded lines are one, and names are told without their backslashes", () => {
  const text = response("200 OK", 'Contact: "the \\"cat\\" 🐈"\r\n <sip:c@x>,\r\n\t"a \\\\ b" <sip:d@x>\r\nSubject: one\r\n  two\r\n', "body");
  const read = readMessage(text) as ResponseMessage;
  assert.deepEqual(read.contacts.map(({ displayName, uri }) => [displayName, uri]), [['the "cat" 🐈', "sip:c@x"], ["a \\ b", "sip:d@x"]]);
  assert.match(read.headers.find(([name]) => name === "Subject")?.[1] ?? "", /^one +two$/);
  assert.equal(read.body, "body");
});

test("what is behind the body is none of it, and half a character at its end is told whole", () => {
  assert.equal(readMessage(response("200 OK", "Content-Length: 2\r\n", "abcd")).body, "ab");
  assert.equal(readMessage(response("200 OK", "Content-Length: 2\r\n", "aüd")).body, "aü");
});

test("of a malformed message there is what can be read", () => {
  const read = readMessage("INVITE sip:b@x SIP/2.0\r\nFrom: Ann <sip:a@x>;tag=1\r\nTo: nobody\r\ni: 1@x\r\nCSeq: 3 INVITE\r\nSubject: tea\r\nnonsense\r\n\r\nbody") as MalformedMessage;
  assert.deepEqual([read.kind, read.fault], ["malformed", "Malformed header line"]);
  assert.deepEqual([read.method, read.uri, read.from?.displayName, read.to, read.callId, read.cseq?.number], ["INVITE", "sip:b@x", "Ann", undefined, "1@x", 3]);
  assert.deepEqual([read.headers.at(-1), read.body], [["Subject", "tea"], "body"]);
  const late = readMessage(`SIP/2.0 200 OK\r\n${HEAD}CSeq: 1 BYE\r\nContent-Length: 9\r\n\r\nshort`) as MalformedMessage;
  assert.deepEqual([late.fault, late.status, late.reason, late.method], ["Content-Length exceeds the message", 200, "OK", "BYE"]);
});

test("no text makes it throw", () => {
  const kinds = ["", "\r\n\r\n", "hello", "\u0000", "SIP/2.0", "SIP/2.0 200 OK", "\ud800", `INVITE sip:b SIP/2.0\r\n${"x:\ud83d\r\n".repeat(3000)}`].map((text) => readMessage(text).kind);
  assert.deepEqual(new Set(kinds), new Set(["malformed"]));
  for (let end = 0; end < INVITE.length; end += 1) assert.ok(["malformed", "request"].includes(readMessage(INVITE.slice(0, end)).kind));
});

test("a long text is read as a short one, and the next one as well", () => {
  const body = "ü".repeat(200_000);
  const long = readMessage(response("200 OK", "", body));
  assert.equal(long.body, body);
  assert.equal(readMessage(INVITE).callId, "a84b4c76e66710@pc33.example.com");
  assert.equal(long.headers.length, 5);
});

test("the eight everyday messages are read, and what is said of them is in them", () => {
  for (const file of readdirSync("benches/corpus")) {
    const text = readFileSync(`benches/corpus/${file}`, "utf8");
    const read = readMessage(text);
    assert.ok(read.kind !== "malformed", file);
    const rebuilt = `${read.headers.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n${read.body}`;
    assert.equal(rebuilt, text.slice(text.indexOf("\r\n") + 2));
  }
});
