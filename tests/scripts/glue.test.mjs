// The border between glue and wasm is rewritten at each build: both sides must go on meaning the same.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { shorten } from "../../scripts/glue.mjs";
import { at } from "../../scripts/project.mjs";
import { sectionsOf } from "../../scripts/wasm-file.mjs";

// (import "./prackle_bg.js" "__wbg_now_5" (func (result i32)))
// (func (result i32) call 0) as "twice", "unused" and "__wbindgen_start", (memory 1) as "memory"
const text = (words) => [words.length, ...Buffer.from(words)];
const section = (id, content) => [id, content.length, ...content];
const WASM = Buffer.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  ...section(1, [2, 0x60, 0, 1, 0x7f, 0x60, 0, 0]),
  ...section(2, [1, ...text("./prackle_bg.js"), ...text("__wbg_now_5"), 0, 0]),
  ...section(3, [2, 0, 1]),
  ...section(5, [1, 0, 1]),
  ...section(7, [4, ...text("twice"), 0, 1, ...text("unused"), 0, 1, ...text("__wbindgen_start"), 0, 2, ...text("memory"), 2, 0]),
  ...section(10, [2, 7, 0, 0x10, 0, 0x10, 0, 0x6a, 0x0b, 2, 0, 0x0b]),
]);
const GLUE = `export function __wbg_now_5() {
    return 21;
}
export const twice = () => wasm.twice();
let wasm;
export function __wbg_set_wasm(val) {
    wasm = val;
}
`;

const names = (wasm, section, read) => [...sectionsOf(wasm)].find(({ name }) => name === section).content.list(read).map(({ name }) => name);

test("glue and wasm understand each other by short names, and what nobody uses is gone", async () => {
  const { glue, types, wasm } = shorten({ glue: GLUE, types: "", wasm: WASM });
  assert.ok(!/__wbg_now|__wbindgen_start|unused/.test(glue + wasm.toString("latin1")), glue);
  assert.equal(names(wasm, "imports", (reader) => reader.import()).length, 1);
  assert.equal(names(wasm, "exports", (reader) => reader.export()).length, 3, "all but `unused`");
  assert.match(types, /export function instantiate\(module: WebAssembly.Module\)/);
  const { instantiate, twice } = await import(`data:text/javascript,${encodeURIComponent(glue)}`);
  assert.equal((await instantiate(new WebAssembly.Module(wasm))).buffer.byteLength, 65_536);
  assert.equal(twice(), 42);
});

test("glue that is not as it was when this was written is refused", () => {
  const refused = (glue, message) => assert.throws(() => shorten({ glue, types: "", wasm: WASM }), { message });
  refused(GLUE.replace("val", "value"), /^wasm-bindgen's glue is not as expected: "export function __wbg_set_wasm/);
  refused(GLUE.replace("export function __wbg_now_5()", "export const __wbg_now_5 = ()"), /"export function __wbg_now_5\(" stands in it 0 times$/);
  refused(GLUE.replace("wasm.twice", "wasm.thrice"), /^the glue uses thrice, which the wasm does not export$/);
  for (const use of ['wasm["twice"]()', "wasm?.twice()", "(({ twice }) => twice())(wasm)", "wasm.twice() + wasm [name]()"]) {
    refused(GLUE.replace("wasm.twice()", use), /^the glue uses the wasm otherwise than by the names of its exports: export const twice/);
  }
});

test("the wasm that travels has no long name on its border", () => {
  const wasm = readFileSync(at("dist", "prackle.wasm"));
  const all = [...names(wasm, "imports", (reader) => reader.import()), ...names(wasm, "exports", (reader) => reader.export())];
  assert.deepEqual(all.filter((name) => !/^\$[0-9a-z]{1,2}$/.test(name)), []);
});
