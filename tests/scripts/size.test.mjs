// What travels is watched: by a budget that only sinks, by the README that tells it, and by a
// reader of the wasm that must add up to it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { at } from "../../scripts/project.mjs";
import { compare, lowered, readBudget, readmeRow } from "../../scripts/size-budget.mjs";
import { addUp, crateOf, readWasm, roomOf } from "../../scripts/wasm-sizes.mjs";

test("the README tells the budget", () => {
  assert.ok(readFileSync(at("README.md"), "utf8").includes(`\n${readmeRow(readBudget())}\n`), "run npm run size -- --lower");
});

test("above the budget is named, a step to spare as well, and less than a step is fine", () => {
  const budget = { a: { raw: 1000, brotli: 500 } };
  assert.deepEqual(compare({ a: { raw: 1001, brotli: 500 } }, budget), { over: ["a raw 1001, allowed 1000"], spare: [] });
  assert.deepEqual(compare({ a: { raw: 500, brotli: 1 } }, budget), { over: [], spare: ["a raw 500, allowed 1000"] });
  assert.deepEqual(compare({ a: { raw: 501, brotli: 1 } }, budget), { over: [], spare: [] });
  assert.deepEqual(compare({ b: { raw: 1 } }, budget).over, ["b raw 1, allowed 0"], "a new file has no budget yet");
});

test("the budget sinks and never rises", () => {
  const budget = { a: { raw: 1000, brotli: 500 } };
  assert.deepEqual(lowered({ a: { raw: 420, brotli: 900 }, b: { raw: 1 } }, budget), { a: { raw: 500, brotli: 500 }, b: { raw: 500 } });
});

test("a wasm file is read to its last octet", () => {
  const { sections, functions } = readWasm(WASM);
  assert.deepEqual(sections, { types: 6, imports: 11, "function types": 5, code: 13 });
  assert.deepEqual(functions, [{ name: "prackle::call::answer::Call::ring", octets: 3 }, { name: "core::fmt::write", octets: 7 }]);
});

test("of the built file nothing is lost", () => {
  const octets = readFileSync(at("dist", "prackle.wasm"));
  const { sections, functions } = readWasm(octets);
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  assert.equal(8 + sum(Object.values(sections)), octets.length, "magic number, version, sections");
  const bodies = sum(functions.map(({ octets: size }) => size));
  assert.ok(sections.code - bodies < 16, `${sections.code} octets of code, ${bodies} of functions`);
});

test("a function is counted for the crate and the room that it is there for", () => {
  const places = (name) => [crateOf(name), roomOf(name), roomOf(name, 2)];
  assert.deepEqual(places("prackle::call::answer::<impl prackle::call::Call>::conclude"), ["prackle", "src/call", "src/call/answer"]);
  assert.deepEqual(places("prackle_syntax::message::lex::trim::h1ea5cfc8704aa8ec"), ["prackle", "src/syntax/message", "src/syntax/message/lex"]);
  assert.deepEqual(places("core::ptr::drop_in_place<prackle::usage::context::Question>"), ["prackle", "src/usage", "src/usage/context"]);
  assert.deepEqual(places("<prackle::protocol::command::_::<impl serde_core::de::Deserialize for X>::deserialize"), ["prackle", "src/protocol", "src/protocol/command"]);
  assert.deepEqual(places("<serde_wasm_bindgen::de::Deserializer as serde_core::de::VariantAccess>::f"), ["serde_wasm_bindgen", undefined, undefined]);
  assert.deepEqual(places("__externref_table_alloc"), ["others", undefined, undefined]);
  assert.deepEqual(addUp([{ name: "b", octets: 1 }, { name: "a", octets: 2 }, { name: "b", octets: 3 }], (name) => name), [
    { name: "b", octets: 4 }, { name: "a", octets: 2 },
  ]);
});

test("the clients of the benches are for developers alone", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(at("package.json"), "utf8"));
  assert.equal(dependencies, undefined);
  assert.deepEqual([devDependencies.jssip, devDependencies["sip.js"]], ["3.13.8", "0.21.2"]);
  const face = readFileSync(at("dist", "index.js"), "utf8");
  for (const theirs of ["JsSIP", "SIP.js", "sip.js"]) assert.ok(!face.includes(theirs), `${theirs} in dist/index.js`);
});

// One import, two functions, and their names.
const text = (words) => [words.length, ...Buffer.from(words)];
const section = (id, content) => [id, content.length, ...content];
const NAMES = [2, 1, ...text("prackle::call::answer::Call::ring"), 2, ...text("core::fmt::write")];
const WASM = Uint8Array.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  ...section(1, [1, 0x60, 0, 0]),
  ...section(2, [1, ...text("e"), ...text("log"), 0, 0]),
  ...section(3, [2, 0, 0]),
  ...section(10, [2, 2, 0, 0x0b, 6, 0, 1, 1, 1, 1, 0x0b]),
  ...section(0, [...text("name"), ...section(1, NAMES)]),
]);
