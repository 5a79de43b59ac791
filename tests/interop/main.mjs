// Runs the cases: some at a time, one line for each, and the sum in the end.
//
// A case takes what it needs from the bench (t.phone(): Prackle in a page, registered; t.peer(): a
// scripted SIP peer on UDP, registered; t.sipp(), t.rtp(), t.gate() ...), says what each of them does, and
// waits for what it expects; nothing sleeps but what waits for the keep-alive of a phone (untilProven), which
// tells nobody. What the bench gave is taken back afterwards.
import { readdirSync } from "node:fs";
import { Bench } from "./harness/bench.mjs";
import { Lab } from "./harness/lab.mjs";

/** How many cases run at the same time: most of them wait for the clock, not for the machine. */
const AT_A_TIME = Number(process.env.PRACKLE_INTEROP_JOBS ?? 4);
/** The longest that a case may take: 64*T1 and what comes before and after. */
const LIMIT_MS = 90_000;

/** All cases, or those whose name has one of the words, in the order of their files. */
async function load(words) {
  const folder = new URL("./cases/", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".mjs")).sort();
  const groups = await Promise.all(files.map(async (name) => (await import(new URL(name, folder))).default));
  const all = groups.flatMap(({ title, cases }) => Object.entries(cases).map(([name, work]) => ({ name: `${title}: ${name}`, work })));
  return all.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
}

/**
 * A case is a function of the bench, or that with more: `world`, the servers' settings; `alone` when it
 * breaks them; `long` when it waits for half a minute, so that it is begun early; `unless`, which gives
 * the reason when it cannot be run here.
 */
async function perform(lab, { name, work }) {
  const { run, world, alone, unless } = typeof work === "function" ? { run: work } : work;
  const reason = unless?.();
  if (reason !== undefined) {
    console.log(`skipped          ${name} (${reason})`);
    return undefined;
  }
  const since = performance.now();
  let [fault, bench] = [];
  try {
    bench = new Bench(lab, await lab.world(world, { alone }));
    fault = await within(LIMIT_MS, run(bench)).then(() => undefined, (error) => error);
    const late = await bench.close().then(() => undefined, (error) => error);
    fault ??= late;
  } catch (error) {
    fault = error;
  }
  const took = ((performance.now() - since) / 1000).toFixed(1).padStart(5);
  const notes = (bench?.notes ?? []).map((note) => ` [${note}]`).join("");
  console.log(`${fault === undefined ? "passed" : "FAILED"} ${took} s  ${name}${notes}`);
  if (fault !== undefined) console.log(String(fault.stack ?? fault).replace(/^/gm, "                "));
  return fault === undefined;
}

function within(ms, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Runs all cases whose name has one of the words; resolves with how many failed. */
export async function runCases(words = []) {
  const cases = await load(words);
  const lab = new Lab();
  const results = [];
  try {
    await lab.start();
    const queue = [...cases.filter(({ work }) => work.long), ...cases.filter(({ work }) => !work.long)];
    await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) results.push(await perform(lab, next));
    }));
  } finally {
    const kept = await lab.close({ keep: results.includes(false) });
    if (kept !== undefined) console.log(`the servers' logs: ${kept}`);
  }
  const [passed, failed] = [true, false].map((wanted) => results.filter((ok) => ok === wanted).length);
  console.log(`${passed} passed, ${failed} failed`);
  return failed;
}
