// What never runs in the wasm that travels, taken out of it: the messages of panics. A panic is a trap there, for
// nobody sets a hook; but the compiler cannot know that, and the linker keeps whatever a table names.
import { Failure } from "./run.mjs";
import { functionNames, listed, sized, withSections } from "./wasm-file.mjs";

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
  const snipped = withSections(wasm, { code: (reader) => listed(reader.list(body)) });
  if (found.panics === 0) throw new Failure("no panic was found in the wasm: are its functions called otherwise now?");
  return snipped;
}
