// What nobody needs in the wasm that travels, taken out of it: what panics would say. A panic is a trap there, for
// nobody sets a hook; but the compiler cannot know that, and the linker keeps whatever a table names.
import { Failure } from "./run.mjs";
import { dataOf, functionNames, listed, sized, withSections } from "./wasm-file.mjs";

/** Ends in a panic, whatever it is given. */
const PANIC = /^(core|std)::panicking::(?!panic_count)|::(panic_already_(mutably_)?borrowed|unwrap_failed|assert_failed|slice_index_fail|raw_vec::handle_error)$/;
/** Writes a part of a message; who calls it has a formatter, which `core::fmt::write` alone makes. */
const MESSAGE = / as core::fmt::(Debug|Display)>::fmt$|^<core::fmt::Formatter>::/;
const FORMATS = "core::fmt::write";
/** The compiler's numbers of crates, and of functions. */
const NUMBER = /\[[0-9a-f]{16}\]|::h[0-9a-f]{16}$/g;

// In the binary format: no locals, `unreachable`, the end.
const TRAP = Buffer.from([0, 0, 0x0b]);

/** The wasm with a trap in place of each panic; with the names of its functions, and before it is optimised. */
export function snip(wasm) {
  const nameOf = functionNames(wasm);
  const found = { panics: 0, messages: 0 };
  const body = (reader, index) => {
    const [octets, name] = [reader.part().rest(), nameOf(index).replaceAll(NUMBER, "")];
    if (name === FORMATS) throw new Failure(`${FORMATS} is in the wasm: something formats text`);
    if (MESSAGE.test(name)) found.messages += 1;
    else if (PANIC.test(name) && octets.subarray(-2).equals(TRAP.subarray(1))) found.panics += 1;
    else return sized(octets);
    return sized(TRAP);
  };
  const snipped = withSections(withoutPlaces(wasm), { code: (reader) => listed(reader.list(body)) });
  if (found.panics === 0) throw new Failure("no panic was found in the wasm: are its functions called otherwise now?");
  return snipped;
}

/** A `core::panic::Location`: the address of a path, its length, line and column, of four octets each. */
const [LOCATION, LONGEST] = [16, 200];
const PATH = /^[!-~]+\.rs\0$/;

// wasm-opt leaves zeros out.
function withoutPlaces(wasm) {
  const whole = Buffer.from(wasm);
  const segments = dataOf(whole);
  const places = segments.flatMap(locationsIn).map((place) => [place, pathOf(place, segments)]);
  for (const [place, path] of places) if (path !== undefined) [place, path].forEach((octets) => octets.fill(0));
  return whole;
}

/** Whatever could be one. */
function locationsIn({ address, octets }) {
  const first = -address & 3;
  const count = Math.max((octets.length - first - LOCATION) >> 2, -1) + 1;
  return Array.from({ length: count }, (_, index) => octets.subarray(first + 4 * index, first + 4 * index + LOCATION));
}

/** The path that a location names, with the zero behind it; nothing when it is no location. */
function pathOf(place, segments) {
  const [begin, length] = [place.readUInt32LE(0), place.readUInt32LE(4) + 1];
  const segment = segments.find(({ address, octets }) => address <= begin && begin + length <= address + octets.length);
  if (segment === undefined || length > LONGEST) return undefined;
  const path = segment.octets.subarray(begin - segment.address, begin - segment.address + length);
  return PATH.test(path.toString("latin1")) ? path : undefined;
}
