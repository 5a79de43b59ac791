// What nobody needs in the wasm that travels, taken out of it: what panics would say. A panic is a trap there, for
// nobody sets a hook; but the compiler cannot know that, and the linker keeps whatever a table names.
import { Failure } from "./run.mjs";
import { bodiesOf, dataOf, functionNames, listed, sized, withSections } from "./wasm-file.mjs";

/** Ends in a panic, whatever it is given. */
const PANIC = /^(core|std)::panicking::(?!panic_count)|::(panic_already_(mutably_)?borrowed|unwrap_failed|assert_failed|slice_index_fail|raw_vec::handle_error)$/;
/** Writes a part of a message: of a panic's, when nobody else calls it. */
const MESSAGE = / as core::fmt::(Debug|Display)>::fmt$|^<core::fmt::Formatter>::/;
const FORMATS = "core::fmt::write";
/** The compiler's numbers of crates, and of functions. */
const NUMBER = /\[[0-9a-f]{16}\]|::h[0-9a-f]{16}$/g;

// In the binary format: no locals, `unreachable`, the end.
const TRAP = Buffer.from([0, 0, 0x0b]);

/**
 * The wasm with a trap in place of each panic; with the names of its functions, and before it is optimised.
 * The calls are those in it: pairs of places in its code, who calls and who is called.
 */
export function snip(wasm, calls) {
  const [bodies, nameOf] = [bodiesOf(wasm), functionNames(wasm)];
  const names = bodies.map((_, index) => nameOf(index).replaceAll(NUMBER, ""));
  if (names.includes(FORMATS)) throw new Failure(`${FORMATS} is in the wasm: something formats text`);
  const kinds = bodies.map((octets, index) => kindOf(names[index], octets));
  for (const kind of ["panic", "message"]) {
    if (!kinds.includes(kind)) throw new Failure(`no ${kind} was found in the wasm: are its functions called otherwise now?`);
  }
  // `to_string` makes a formatter of its own, for one.
  const other = calls.find(([caller, callee]) => kinds[callee] === "message" && kinds[caller] === undefined);
  if (other !== undefined) throw new Failure(`${names[other[0]]} is no panic and calls ${names[other[1]]}: something formats text`);
  return withSections(withoutPlaces(wasm), { code: () => listed(bodies.map((octets, index) => sized(kinds[index] ? TRAP : octets))) });
}

function kindOf(name, octets) {
  if (MESSAGE.test(name)) return "message";
  return PANIC.test(name) && octets.subarray(-2).equals(TRAP.subarray(1)) ? "panic" : undefined;
}

/** The calls in the graph that wasm-opt prints of a wasm whose functions are named by their places in its code. */
export function callsIn(graph) {
  const calls = [...graph.matchAll(/^ *"(\d+)" -> "(\d+)"; \/\/ call$/gm)].map(([, ...places]) => places.map(Number));
  if (calls.length === 0) throw new Failure("no call was found in wasm-opt's graph: is it printed otherwise now?");
  return calls;
}

/** A `core::panic::Location`: the address of a path, its length, line and column, of four octets each. */
const [LOCATION, LONGEST] = [16, 200];
const PATH = /^[!-~]+\.rs\0$/;

// wasm-opt leaves zeros out.
function withoutPlaces(wasm) {
  const whole = Buffer.from(wasm);
  const segments = dataOf(whole);
  const places = segments.flatMap(locationsIn).map((place) => [place, pathOf(place, segments)]).filter(([, path]) => path !== undefined);
  if (places.length === 0) throw new Failure("no place of a panic was found in the wasm: do they look otherwise now?");
  places.flat().forEach((octets) => octets.fill(0));
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
