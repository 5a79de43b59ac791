// What takes how much of a wasm file, by its sections and by the names of its functions.
//
// twiggy, the tool of the field, lists functions; what is asked for here is crates and modules, so
// its list would have to be read and added up all the same. Reading the file itself takes
// less than that: the linker has written the names in clear (WebAssembly specification 7.4.1).

import { functionNames, isNames, sectionsOf } from "./wasm-file.mjs";

/** Ours: the core, and its syntax, which is a crate of its own; with the path of modules. */
const OURS = /prackle(_syntax)?::((?:[a-z_0-9]+::)*)/;
/** What the compiler adds to a name. */
const HASH = /::h[0-9a-f]{16}$/;

/** The octets of each section but the names, and each function with its name and octets. */
export function readWasm(octets) {
  const sections = {};
  let bodies = [];
  for (const { name, content, octets: size } of sectionsOf(octets)) {
    if (name === "code") bodies = content.copy().list(octetsOfPart);
    if (!isNames({ name, content })) sections[name] = (sections[name] ?? 0) + size;
  }
  const nameOf = functionNames(octets);
  return { sections, functions: bodies.map((size, index) => ({ name: nameOf(index), octets: size })) };
}

/** Adds the functions up by a word that each has; the largest first. */
export function addUp(functions, wordOf) {
  const sums = new Map();
  for (const { name, octets } of functions) {
    const word = wordOf(name);
    sums.set(word, (sums.get(word) ?? 0) + octets);
  }
  return [...sums].map(([name, octets]) => ({ name, octets })).sort((a, b) => b.octets - a.octets);
}

/** The crate that a function is there for: ours, where it is a type of ours that it was made for. */
export function crateOf(name) {
  if (OURS.test(name)) return "prackle";
  return /([a-z_][a-z_0-9]*)::/.exec(name)?.[1] ?? "others";
}

/** The room of ours, as its path below src/, so many folders deep; nothing when it is not ours. */
export function roomOf(name, depth = 1) {
  const found = OURS.exec(name.replace(HASH, ""));
  if (found === null) return undefined;
  const [, syntax, path] = found;
  const folders = path.split("::").filter((folder) => folder !== "" && folder !== "_").slice(0, depth);
  return ["src", ...(syntax === undefined ? [] : ["syntax"]), ...folders].join("/");
}

function octetsOfPart(reader) {
  const begin = reader.at;
  reader.part();
  return reader.at - begin;
}
