// Nothing may be taken out of the wasm but what ends in a panic, or writes its message.
import assert from "node:assert/strict";
import { test } from "node:test";
import { snip } from "../../scripts/snip.mjs";
import { functionNames, listed, sectionsOf, sized, written } from "../../scripts/wasm-file.mjs";

const section = (id, content) => [id, ...sized(Buffer.from(content))];
const [RETURNS, DIVERGES, TRAP] = [[0, 0x01, 0x0b], [0, 0x01, 0x00, 0x0b], [0, 0x00, 0x0b]];

/** A file of functions with these names and bodies. */
function wasmOf(functions) {
  const bodies = listed(functions.map(([, body]) => sized(Buffer.from(body))));
  const names = listed(functions.map(([name], index) => Buffer.from([index, ...written(name)])));
  return Buffer.from([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 0, 0]),
    ...section(3, [functions.length, ...functions.map(() => 0)]),
    ...section(10, bodies),
    ...section(0, [...written("name"), ...section(1, names)]),
  ]);
}

function bodiesOf(wasm) {
  const nameOf = functionNames(wasm);
  const code = [...sectionsOf(wasm)].find(({ name }) => name === "code").content;
  return new Map(code.list((reader, index) => [nameOf(index), [...reader.part().rest()]]));
}

const PANIC = ["core[c5930c85a12de822]::panicking::panic", DIVERGES];

test("panics become traps, messages go, and all else stays", () => {
  const functions = [
    PANIC,
    ["<usize as core[c5930c85a12de822]::fmt::Display>::fmt", RETURNS],
    ["prackle::call::Call::ring::h0123456789abcdef", DIVERGES],
    ["core::panicking::that_returns", RETURNS],
  ];
  const wasm = snip(wasmOf(functions));
  assert.ok(WebAssembly.validate(wasm));
  assert.deepEqual([...bodiesOf(wasm).values()], [TRAP, TRAP, DIVERGES, RETURNS]);
});

test("a wasm that formats text is refused, and one in which no panic is found", () => {
  assert.throws(() => snip(wasmOf([PANIC, ["core[c5930c85a12de822]::fmt::write", RETURNS]])), /something formats text/);
  assert.throws(() => snip(wasmOf([["core::panicking::panic", RETURNS]])), /no panic was found/);
});
