// npm run size: what travels to the browser, which crate and which room of ours takes what of the
// wasm, and whether it keeps to the budget in benches/size-budget.json. Fails above the budget.
//   npm run size -- --lower        the budget is what is reached now, in the README, too; it never rises
//   npm run size -- --rooms        our rooms with the folders and files inside of them
//   npm run size -- --functions    the largest functions, too
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";
import { prepare } from "./prerequisites.mjs";
import { at } from "./project.mjs";
import { Failure, main, say } from "./run.mjs";
import { compare, lower, readBudget } from "./size-budget.mjs";
import { addUp, crateOf, readWasm, roomOf } from "./wasm-sizes.mjs";

const OPTIONS = ["--lower", "--rooms", "--functions"];
/** How many functions are shown, and how long a name may be. */
const [SHOWN, LONGEST] = [40, 110];

const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
const sizeOf = (bytes) => ({ raw: bytes.length, brotli: brotli(bytes) });

// index.js holds the glue, the face and the default media.
function travelling() {
  const files = ["prackle.wasm", "index.js"].map((name) => [name, sizeOf(readFileSync(at("dist", name)))]);
  const total = (kind) => files.reduce((sum, [, size]) => sum + size[kind], 0);
  return Object.fromEntries([...files, ["together", { raw: total("raw"), brotli: total("brotli") }]]);
}

function show(title, rows, total) {
  console.log(`\n${title}`);
  for (const { name, octets } of rows) {
    console.log(`${octets.toLocaleString("en-GB").padStart(10)}  ${(100 * octets / total).toFixed(1).padStart(5)} %  ${name}`);
  }
}

function explain({ sections, functions }, args) {
  const total = Object.values(sections).reduce((sum, octets) => sum + octets, 0);
  const parts = Object.entries(sections).map(([name, octets]) => ({ name, octets })).sort((a, b) => b.octets - a.octets);
  const ours = functions.filter(({ name }) => roomOf(name) !== undefined);
  show("The wasm by sections, in octets:", parts, total);
  show("Its code by crates (a function made for a type of ours is ours):", addUp(functions, crateOf), total);
  show("Ours by rooms:", addUp(ours, (name) => roomOf(name, args.includes("--rooms") ? 3 : 1)), total);
  if (!args.includes("--functions")) return;
  const largest = functions.toSorted((a, b) => b.octets - a.octets).slice(0, SHOWN);
  show("The largest functions:", largest.map(({ name, octets }) => ({ name: name.slice(0, LONGEST), octets })), total);
}

await main(async () => {
  const args = process.argv.slice(2);
  const unknown = args.filter((argument) => !OPTIONS.includes(argument));
  if (unknown.length > 0) throw new Failure(`unknown: ${unknown.join(", ")} (there are ${OPTIONS.join(", ")})`);
  const { buildPackage, buildNamedWasm } = await prepare();
  await buildPackage();
  explain(readWasm(readFileSync(await buildNamedWasm())), args);
  const sizes = travelling();
  console.log();
  console.table(sizes);
  if (args.includes("--lower")) lower(sizes);
  const { over, spare } = compare(sizes, readBudget());
  if (over.length > 0) throw new Failure(`above the budget (benches/size-budget.json): ${over.join("; ")}`);
  say(spare.length > 0 ? `the budget can be lowered (npm run size -- --lower): ${spare.join("; ")}` : "within the budget");
});
