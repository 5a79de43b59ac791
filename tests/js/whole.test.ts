/** What comes out of the wasm in several texts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { whole } from "../../js/engine/whole.js";

test("long texts go where the list has null, in order and however deep", () => {
  const json = '[{"type":"settled","response":{"headers":null,"body":"short"},"contacts":["a"]},{"type":"remote","sdp":null,"commit":true}]';
  assert.deepEqual(whole([json, "Subject: tea", "v=0\r\n"]), [
    { type: "settled", response: { headers: "Subject: tea", body: "short" }, contacts: ["a"] },
    { type: "remote", sdp: "v=0\r\n", commit: true },
  ]);
});

test("what a page adds to all objects is no member", (context) => {
  const inherited = Object.prototype as unknown as Record<string, unknown>;
  context.after(() => {
    delete inherited["parent"];
    delete inherited["ext"];
  });
  Object.assign(inherited, { parent: null, ext: { a: {} } });
  assert.equal(JSON.stringify(whole(['[{"type":"remote","sdp":null}]', "v=0\r\n"])), '[{"type":"remote","sdp":"v=0\\r\\n"}]');
});

test("no texts are an empty list, and one is the list itself", () => {
  assert.deepEqual(whole([]), []);
  assert.deepEqual(whole(['[{"type":"cancel","headers":""}]']), [{ type: "cancel", headers: "" }]);
});
