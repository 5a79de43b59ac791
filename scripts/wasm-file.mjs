// A wasm file as sections and octets (WebAssembly specification 5).

const HEADER = 8;
/** The kind of an import, and the part of the names, that is of functions. */
const [FUNCTION, FUNCTION_NAMES] = [0, 1];

/** What each section is, by its number. */
export const SECTIONS = ["custom", "types", "imports", "function types", "tables", "memory", "globals", "exports", "start", "elements", "code", "data", "data count", "tags"];

/** The sections in order: what each is, its content, and how many octets it takes with its head. */
export function* sectionsOf(octets) {
  const file = new Reader(octets, HEADER);
  while (!file.isDone()) {
    const begin = file.at;
    const name = SECTIONS[file.byte()];
    const content = file.part();
    yield { name, content, octets: file.at - begin };
  }
}

/** The file with other contents, by the names of their sections: functions from a {@link Reader} to octets. */
export function withSections(octets, change) {
  const sections = [...sectionsOf(octets)].flatMap(({ name, content }) => {
    const changed = change[name]?.(content.copy()) ?? content.rest();
    return [[SECTIONS.indexOf(name)], sized(changed)];
  });
  return Buffer.concat([octets.subarray(0, HEADER), ...sections.map((part) => Buffer.from(part))]);
}

/** Whether a section is the one that the linker has written the names in. */
export const isNames = ({ name, content }) => name === "custom" && content.copy().text() === "name";

/** How many functions the file imports: they are counted before its own. */
export function importedFunctions(octets) {
  const imports = [...sectionsOf(octets)].find(({ name }) => name === "imports")?.content.list((reader) => reader.import()) ?? [];
  return imports.filter(({ kind }) => kind === FUNCTION).length;
}

/** What the functions in the file are called, by their place in its code: a function, which has `?` for one without a name. */
export function functionNames(octets) {
  const imported = importedFunctions(octets);
  const content = [...sectionsOf(octets)].find(isNames)?.content;
  const names = content === undefined ? new Map() : namesIn(content);
  return (index) => names.get(imported + index) ?? "?";
}

/** The file with names for its functions, by their place in its code, and no others. */
export function withFunctionNames(octets, nameOf) {
  const imported = importedFunctions(octets);
  const named = (count) => listed(Array.from({ length: count }, (_, index) => Buffer.concat([number(imported + index), written(nameOf(index))])));
  const { length } = bodiesOf(octets);
  return withSections(octets, {
    custom: (content) => (isNames({ name: "custom", content }) ? Buffer.concat([written("name"), Buffer.from([FUNCTION_NAMES]), sized(named(length))]) : content.rest()),
  });
}

/** The bodies of the functions in the file, in order. */
export function bodiesOf(octets) {
  return [...sectionsOf(octets)].find(({ name }) => name === "code").content.list((reader) => reader.part().rest());
}

function namesIn(content) {
  content.text();
  while (!content.isDone()) {
    const id = content.byte();
    const part = content.part();
    if (id === FUNCTION_NAMES) return new Map(part.list((reader) => [reader.number(), reader.text()]));
  }
  return new Map();
}

/** What is in memory from the beginning: pieces of the file, with the address of each. */
export function dataOf(octets) {
  const data = [...sectionsOf(octets)].find(({ name }) => name === "data")?.content;
  return data?.list((reader) => ({ address: reader.address(), octets: reader.part().rest() })) ?? [];
}

/** A list of them, as its length and they themselves. */
export const listed = (parts) => Buffer.concat([number(parts.length), ...parts]);
/** A text as it stands in the file. */
export const written = (text) => sized(Buffer.from(text));

/** What is as long as it says, as it stands in the file. */
export const sized = (octets) => Buffer.concat([number(octets.length), octets]);

// LEB128.
function number(value) {
  const octets = [];
  for (; value > 127; value >>>= 7) octets.push(value & 127 | 128);
  return Buffer.from([...octets, value]);
}

/** Reads along the octets. */
export class Reader {
  constructor(octets, at = 0, end = octets.length) {
    Object.assign(this, { octets, at, end });
  }

  isDone() {
    return this.at >= this.end;
  }

  copy() {
    return new Reader(this.octets, this.at, this.end);
  }

  /** All that has not been read. */
  rest() {
    return this.octets.subarray(this.at, this.end);
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
    return new TextDecoder().decode(this.part().rest());
  }

  /** So many as it says, each by `read`. */
  list(read) {
    return Array.from({ length: this.number() }, (_, index) => read(this, index));
  }

  /** The next import: its two names, its kind, and its description with the kind in front. */
  import() {
    const [module, name, begin] = [this.text(), this.text(), this.at];
    const kind = this.byte();
    if (kind === 1 || kind === 3) this.byte();
    if (kind === 0) this.number();
    if (kind === 1 || kind === 2) this.limits();
    if (kind === 3 || kind === 4) this.number();
    return { module, name, kind, description: this.octets.subarray(begin, this.at) };
  }

  /** The next export: its name, and what it is. */
  export() {
    const [name, begin] = [this.text(), this.at];
    this.byte();
    this.number();
    return { name, description: this.octets.subarray(begin, this.at) };
  }

  /** Where a segment of data belongs: in the first memory, at a constant address. */
  address() {
    const [memory, constant] = [this.byte(), this.byte()];
    const address = this.number();
    const end = this.byte();
    if (memory !== 0 || constant !== 0x41 || end !== 0x0b) throw new RangeError("a segment of data without an address");
    return address;
  }

  limits() {
    const hasMaximum = (this.byte() & 1) === 1;
    this.number();
    if (hasMaximum) this.number();
  }
}
