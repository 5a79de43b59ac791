// The border between the wasm and wasm-bindgen's glue, made small. The names that they have for each
// other end in hashes, of which brotli can make nothing: they get short ones. What the glue does not
// use is no longer exported. And the glue loads nothing: that is for the face to do.
import { Failure } from "./run.mjs";
import { listed, withSections, written } from "./wasm-file.mjs";

/** What the wasm calls the glue. */
const MODULE = "$";
/** What bundlers would hand the wasm over with. */
const HANDED_OVER = "export function __wbg_set_wasm(val) {\n    wasm = val;\n}\n";
const TYPE = `
/** Instantiates the wasm, which is to be done once; its linear memory. */
export function instantiate(module: WebAssembly.Module): Promise<WebAssembly.Memory>;
`;

const instantiate = (imports) => `
const imports = { ${MODULE}: { ${imports.join(", ")} } };
export async function instantiate(module) {
    wasm = (await WebAssembly.instantiate(module, imports)).exports;
    wasm.__wbindgen_start();
    return wasm.memory;
}
`;

/** Glue, types and wasm as they travel, of what wasm-bindgen makes for bundlers. */
export function shorten({ glue, types, wasm }) {
  const [imports, exports] = [new Map(), new Map()];
  const short = (names, name) => {
    if (!names.has(name)) names.set(name, `${MODULE}${(imports.size + exports.size).toString(36)}`);
    return written(names.get(name));
  };
  const used = new Set(namesIn(glue + instantiate([])));
  const changed = withSections(wasm, {
    imports: (reader) => listed(reader.list(() => reader.import()).map(({ name, description }) => Buffer.concat([written(MODULE), short(imports, name), description]))),
    exports: (reader) => listed(reader.list(() => reader.export()).filter(({ name }) => used.has(name)).map(({ name, description }) => Buffer.concat([short(exports, name), description]))),
  });
  let text = replaced(glue, HANDED_OVER, instantiate([...imports.values()]));
  for (const [name, shorter] of imports) text = replaced(text, `export function ${name}(`, `function ${shorter}(`);
  return { glue: text.replace(EXPORT, (name) => known(exports, name)), types: types + TYPE, wasm: changed };
}

const EXPORT = /(?<=\bwasm\.)\w+/g;
/** `wasm` as the glue knows it: declared, set, and asked for an export by its name. */
const OTHERWISE = /^(?!\s*(?:\/?\*|\/\/)).*?(?<!\blet )\bwasm\b(?!\.\w| = ).*/m;

function namesIn(glue) {
  const [line] = OTHERWISE.exec(glue) ?? [];
  if (line !== undefined) throw new Failure(`the glue uses the wasm otherwise than by the names of its exports: ${line.trim()}`);
  return glue.match(EXPORT) ?? [];
}

function known(exports, name) {
  const shorter = exports.get(name);
  if (shorter === undefined) throw new Failure(`the glue uses ${name}, which the wasm does not export`);
  return shorter;
}

function replaced(text, part, by) {
  const parts = text.split(part);
  if (parts.length !== 2) throw new Failure(`wasm-bindgen's glue is not as expected: "${part}" stands in it ${parts.length - 1} times`);
  return parts.join(by);
}
