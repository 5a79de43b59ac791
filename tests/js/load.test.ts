/** Loading the WebAssembly file, as often as it takes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SipError, load } from "../../js/index.js";

test("a failed load says so, and the next one tries again", async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const first = load(bytes);
  assert.equal(load(), first, "one load at a time");
  await assert.rejects(first, (error) => error instanceof SipError && error.code === "load-failed" && error.cause instanceof Error);
  const second = load(Promise.reject(new Error("offline")));
  await assert.rejects(second, (error) => error instanceof SipError && (error.cause as Error).message === "offline");
});
