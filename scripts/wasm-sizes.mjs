// What takes how much of a wasm file, by its sections and by the names of its functions.
//
// twiggy, the tool of the field, lists functions; what is asked for here is crates and modules, so
// its list would have to be read and added up all the same. Reading the file itself takes
// less than that: the linker has written the names in clear (WebAssembly specification 7.4.1).

const SECTIONS = ["custom", "types", "imports", "function types", "tables", "memory", "globals", "exports", "start", "elements", "code", "data", "data count", "tags"];
const [CUSTOM, IMPORTS, CODE] = [0, 2, 10];
const FUNCTION_NAMES = 1;
/** What the compiler adds to a name. */
const HASH = /::h[0-9a-f]{16}$/;

/** The octets of each section but the names, and each function with its name and octets. */
export function readWasm(octets) {
  const file = new Reader(octets, 8);
  const sections = {};
  let [names, bodies, imported] = [new Map(), [], 0];
  while (!file.isDone()) {
    const begin = file.at;
    const id = file.byte();
    const content = file.part();
    if (id === IMPORTS) imported = importedFunctions(content.copy());
    if (id === CODE) bodies = bodySizes(content.copy());
    if (id === CUSTOM && content.copy().text() === "name") names = functionNames(content);
    else sections[SECTIONS[id]] = (sections[SECTIONS[id]] ?? 0) + file.at - begin;
  }
  const functions = bodies.map((size, index) => ({ name: names.get(imported + index) ?? "?", octets: size }));
  return { sections, functions };
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
  if (name.includes("prackle::")) return "prackle";
  return /([a-z_][a-z_0-9]*)::/.exec(name)?.[1] ?? "others";
}

/** The room of ours, as its path below src/, so many folders deep; nothing when it is not ours. */
export function roomOf(name, depth = 1) {
  const path = /prackle::((?:[a-z_0-9]+::)*)/.exec(name.replace(HASH, ""))?.[1];
  if (path === undefined) return undefined;
  const folders = path.split("::").filter((folder) => folder !== "" && folder !== "_").slice(0, depth);
  return folders.length > 0 ? `src/${folders.join("/")}` : "src";
}

function importedFunctions(content) {
  let functions = 0;
  for (let count = content.number(); count > 0; count -= 1) {
    content.text();
    content.text();
    functions += content.skipImport() ? 1 : 0;
  }
  return functions;
}

function bodySizes(content) {
  return Array.from({ length: content.number() }, () => {
    const begin = content.at;
    content.part();
    return content.at - begin;
  });
}

function functionNames(content) {
  content.text();
  const names = new Map();
  while (!content.isDone()) {
    const id = content.byte();
    const part = content.part();
    if (id !== FUNCTION_NAMES) continue;
    for (let count = part.number(); count > 0; count -= 1) names.set(part.number(), part.text());
  }
  return names;
}

/** Reads along the octets. */
class Reader {
  constructor(octets, at = 0, end = octets.length) {
    Object.assign(this, { octets, at, end });
  }

  isDone() {
    return this.at >= this.end;
  }

  copy() {
    return new Reader(this.octets, this.at, this.end);
  }

  byte() {
    this.at += 1;
    return this.octets[this.at - 1];
  }

  // LEB128.
  number() {
    let [value, shift, octet] = [0, 1, 0];
    do {
      octet = this.byte();
      value += (octet & 127) * shift;
      shift *= 128;
    } while (octet > 127);
    return value;
  }

  /** What is as long as it says. */
  part() {
    const length = this.number();
    this.at += length;
    return new Reader(this.octets, this.at - length, this.at);
  }

  text() {
    const { octets, at, end } = this.part();
    return new TextDecoder().decode(octets.subarray(at, end));
  }

  /** The description of an import; whether it is a function. */
  skipImport() {
    const kind = this.byte();
    if (kind === 1 || kind === 3) this.byte();
    if (kind === 0) this.number();
    if (kind === 1 || kind === 2) this.limits();
    if (kind === 3 || kind === 4) this.number();
    return kind === 0;
  }

  limits() {
    const hasMaximum = (this.byte() & 1) === 1;
    this.number();
    if (hasMaximum) this.number();
  }
}
