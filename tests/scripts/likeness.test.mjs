// Like functions stand beside like ones, and none is lost on the way.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { byLikeness, numberedByLikeness } from "../../scripts/likeness.mjs";
import { at } from "../../scripts/project.mjs";
import { bodiesOf, functionNames } from "../../scripts/wasm-file.mjs";

test("what has most in common stands together, the largest first, and the unlike at the end", () => {
  const texts = ["the quick brown fox!", "lorem ipsum dolor", "a quick brown fox jumps", "1234567", "lorem ipsum sit", ""];
  assert.deepEqual(byLikeness(texts.map((text) => Buffer.from(text))).map((index) => texts[index]), [
    "a quick brown fox jumps", "the quick brown fox!", "lorem ipsum dolor", "lorem ipsum sit", "1234567", "",
  ]);
  assert.deepEqual(byLikeness([]), []);
});

test("each function of the built file gets a number of its own, and the file stays what it is", () => {
  const wasm = readFileSync(at("dist", "prackle.wasm"));
  const named = numberedByLikeness(Buffer.concat([wasm, Buffer.from([0, 7, 4, ...Buffer.from("name"), 1, 0])]));
  assert.ok(WebAssembly.validate(named));
  const bodies = bodiesOf(wasm);
  assert.ok(bodiesOf(named).every((body, index) => body.equals(bodies[index])));
  const numbers = bodies.map((_, index) => Number(functionNames(named)(index)));
  assert.deepEqual(numbers.toSorted((a, b) => a - b), [...bodies.keys()]);
  assert.throws(() => numberedByLikeness(wasm), /has no names/);
});
