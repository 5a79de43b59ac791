/** The demo page's words: what a person reads when a call has ended. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallEnd } from "../../js/index.js";
import { addressOf } from "../../www/address.js";
import { duration, outcome, trouble } from "../../www/words.js";

function title(end: Partial<CallEnd>, incoming = false): string {
  const whole: CallEnd = {
    by: "remote", status: undefined, cause: "bye", reason: undefined, answeredElsewhere: false, durationMs: 0,
    retryAfter: undefined, contacts: [], ...end,
  };
  return outcome({ peer: "Bob", incoming, end: whole }).title;
}

test("every end has a sentence", () => {
  assert.equal(title({ durationMs: 1000 }), "Bob hung up");
  assert.equal(title({ durationMs: 1000, by: "local" }), "You hung up");
  assert.equal(title({ cause: "cancelled", by: "local" }), "You cancelled the call");
  assert.equal(title({ cause: "cancelled" }, true), "Missed call from Bob");
  assert.equal(title({ cause: "cancelled", answeredElsewhere: true }, true), "Answered elsewhere");
  assert.equal(title({ cause: "rejected", by: "local" }, true), "You declined Bob");
  assert.equal(title({ cause: "rejected", status: 603 }), "Bob declined the call");
  assert.equal(title({ cause: "busy", status: 486 }), "Bob is busy");
  assert.equal(title({ cause: "unavailable", status: 480, reason: "Not Registered" }), "Bob is not registered");
  assert.equal(title({ cause: "unavailable", status: 480, reason: "Temporarily Unavailable" }), "Bob is not available");
  assert.equal(title({ cause: "no-answer", by: "local" }), "Bob did not answer");
  assert.equal(title({ cause: "media-denied", by: "system" }), "The microphone was refused");
  assert.equal(title({ cause: "session-expired", by: "system", durationMs: 60_000 }), "Nothing was heard of the far end any more");
  assert.equal(title({ cause: "flood", by: "system" }), "The call failed");
});

test("a duration reads like a clock", () => {
  assert.deepEqual([0, 61_999, 3_600_000].map(duration), ["0:00", "1:01", "1:00:00"]);
});

test("an error is a sentence, without its code", () => {
  assert.equal(trouble(new Error("connection: the socket closed with 1006")), "The socket closed with 1006.");
  assert.equal(trouble(undefined), "");
});

test("what is typed becomes an address", () => {
  const typed = ["bob", " sip:x@y ", "bob@elsewhere", "tel:+4930", "+49 (30) 12-34", "a b", "*21#"];
  assert.deepEqual(typed.map((target) => addressOf(target, "example.com")), [
    "sip:bob@example.com", "sip:x@y", "sip:bob@elsewhere", "tel:+4930", "sip:+49301234@example.com", "sip:a%20b@example.com", "sip:*21%23@example.com",
  ]);
});
