// Nothing may be taken out of the wasm but what ends in a panic, or writes its message.
import assert from "node:assert/strict";
import { test } from "node:test";
import { callsIn, snip } from "../../scripts/snip.mjs";
import { bodiesOf, dataOf, listed, sized, written } from "../../scripts/wasm-file.mjs";

const section = (id, content) => [id, ...sized(Buffer.from(content))];
/** Where the data are. */
const ADDRESS = 8;
const numbers = (...values) => values.flatMap((value) => [...Buffer.from(Uint32Array.of(value).buffer)]);
const PLACE = [...numbers(ADDRESS + 16, 4, 1, 1), ...Buffer.from("a.rs\0")];
const [RETURNS, DIVERGES, TRAP] = [[0, 0x01, 0x0b], [0, 0x01, 0x00, 0x0b], [0, 0x00, 0x0b]];

/** A file of functions with these names and bodies. */
function wasmOf(functions, data = PLACE) {
  const bodies = listed(functions.map(([, body]) => sized(Buffer.from(body))));
  const names = listed(functions.map(([name], index) => Buffer.from([index, ...written(name)])));
  return Buffer.from([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 0, 0]),
    ...section(3, [functions.length, ...functions.map(() => 0)]),
    ...section(5, [1, 0, 1]),
    ...section(10, bodies),
    ...section(11, [1, 0, 0x41, ADDRESS, 0x0b, ...sized(Buffer.from(data))]),
    ...section(0, [...written("name"), ...section(1, names)]),
  ]);
}

const PANIC = ["core[c5930c85a12de822]::panicking::panic", DIVERGES];
const MESSAGE = ["<usize as core[c5930c85a12de822]::fmt::Display>::fmt", RETURNS];
const RING = ["prackle::call::Call::ring::h0123456789abcdef", DIVERGES];

test("panics become traps, messages go, and all else stays", () => {
  const wasm = snip(wasmOf([PANIC, MESSAGE, RING, ["core::panicking::that_returns", RETURNS]]), [[0, 1], [1, 1], [2, 0], [2, 3]]);
  assert.ok(WebAssembly.validate(wasm));
  assert.deepEqual(bodiesOf(wasm).map((body) => [...body]), [TRAP, TRAP, DIVERGES, RETURNS]);
});

test("a wasm that formats text is refused, and one in which no panic or no message is found", () => {
  const refused = (functions, calls, message) => assert.throws(() => snip(wasmOf(functions), calls), { message });
  refused([PANIC, MESSAGE, ["core[c5930c85a12de822]::fmt::write", RETURNS]], [], /something formats text/);
  refused([PANIC, MESSAGE, RING], [[0, 1], [2, 1]], /^prackle::call::Call::ring is no panic and calls <usize as core::fmt::Display>::fmt:/);
  refused([MESSAGE, ["core::panicking::panic", RETURNS]], [], /no panic was found/);
  refused([PANIC], [], /no message was found/);
});

test("the calls are read from wasm-opt's graph", () => {
  const graph = '  "A" -> "B" [label = "Direct Call"];\n  "0" [label="0"];\n  "0" -> "12"; // call\n  "12" -> "fimport$0"; // call\n  "12" -> "3"; // call\n';
  assert.deepEqual(callsIn(graph), [[0, 12], [12, 3]]);
  assert.throws(() => callsIn("digraph call {}"), /no call was found/);
});

test("where panics arise is zeros, and other texts and numbers stay", () => {
  const texts = [...Buffer.from("src/call.rs\0src/note.rs;"), ...Buffer.from("INVITE")];
  const [path, note] = [ADDRESS + 48, ADDRESS + 60];
  const table = (...begin) => [...numbers(...begin), ...numbers(note, 11, 3, 4), ...numbers(7, 7, 7, 7)];
  const [{ octets }] = dataOf(snip(wasmOf([PANIC, MESSAGE], [...table(path, 11, 120, 9), ...texts]), []));
  assert.deepEqual([...octets], [...table(0, 0, 0, 0), ...Array(12).fill(0), ...texts.slice(12)]);
  assert.throws(() => snip(wasmOf([PANIC, MESSAGE], texts), []), /no place of a panic was found/);
});
