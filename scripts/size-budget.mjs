// How many octets may travel: benches/size-budget.json, and the same number in the README.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { at } from "./project.mjs";

const FILE = at("benches", "size-budget.json");
const README = at("README.md");
/** The budget is in steps, so that another patch release of a compiler does not break it, in octets. */
const STEP = 500;
const ROW = /^\| Travels to the visitor .*$/m;

const stepUp = (octets) => Math.ceil(octets / STEP) * STEP;
const kilo = (octets) => `${(octets / 1000).toFixed(1)} kB`;

/** What may travel: octets, raw and in brotli, by file. */
export function readBudget() {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, "utf8")) : {};
}

/** What is above the budget, and where there is a step to spare. */
export function compare(sizes, budget) {
  const [over, spare] = [[], []];
  for (const [file, size] of Object.entries(sizes)) {
    for (const [kind, octets] of Object.entries(size)) {
      const allowed = budget[file]?.[kind] ?? 0;
      if (octets > allowed) over.push(`${file} ${kind} ${octets}, allowed ${allowed}`);
      else if (stepUp(octets) < allowed) spare.push(`${file} ${kind} ${octets}, allowed ${allowed}`);
    }
  }
  return { over, spare };
}

/** The budget after these sizes: never higher than before. */
export function lowered(sizes, budget) {
  const least = (file, kind, octets) => Math.min(stepUp(octets), budget[file]?.[kind] ?? Infinity);
  return Object.fromEntries(Object.entries(sizes).map(([file, size]) => [
    file, Object.fromEntries(Object.entries(size).map(([kind, octets]) => [kind, least(file, kind, octets)])),
  ]));
}

/** Lowers the budget and what the README says of it. */
export function lower(sizes) {
  const budget = lowered(sizes, readBudget());
  writeFileSync(FILE, `${JSON.stringify(budget, null, 2)}\n`);
  const readme = readFileSync(README, "utf8");
  writeFileSync(README, readme.replace(ROW, readmeRow(budget)));
}

/** The README's row. */
export function readmeRow({ "prackle.wasm": wasm, "index.js": script, together }) {
  return `| Travels to the visitor (\`npm run size\`) | at most ${kilo(together.brotli)} in brotli: wasm ${kilo(wasm.brotli)}, `
    + `glue, face and media ${kilo(script.brotli)} (unpacked ${kilo(wasm.raw)} and ${kilo(script.raw)}) |`;
}
