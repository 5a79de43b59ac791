// npm run conformance: runs the tests of the matrix in tests/conformance and writes what they
// show to docs/conformance.md and docs/conformance.json. Exit code 1 unless all cases have passed.
//   npm run conformance -- --check   runs nothing: compares the two files with what the last npm test showed
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { prepare } from "./prerequisites.mjs";
import { at } from "./project.mjs";
import { Failure, main, say } from "./run.mjs";
import { asJson, asMarkdown, count, isComplete, judge, readCases, readRules } from "./matrix.mjs";
import { cargoTests, kept, nodeTests } from "./results.mjs";

const read = (name) => readFileSync(at("tests", "conformance", name), "utf8");
const cases = readCases(read("cases.tsv"));
const suites = [...new Set(cases.flatMap((row) => row.suites))];
const inRust = suites.filter((suite) => suite !== "js");

// A test that fails is a result, too.
async function runTests() {
  const steps = await prepare();
  await steps.buildPackage();
  await cargoTests("matrix", [...inRust.flatMap((suite) => ["--test", suite]), "--", "p_"]);
  await nodeTests("js", await steps.buildUnitTests());
  return kept(["matrix", "js"]);
}

function reports(judged) {
  return new Map([
    [at("docs", "conformance.md"), asMarkdown(judged, readRules(read("rules.tsv")))],
    [at("docs", "conformance.json"), asJson(judged)],
  ]);
}

function check() {
  const judged = judge(cases, kept(["native", "js"]));
  for (const [file, text] of reports(judged)) {
    const same = existsSync(file) && readFileSync(file, "utf8") === text;
    if (!same) throw new Failure(`${file} does not tell what the tests show: npm run conformance, and commit`);
  }
  return judged;
}

async function write() {
  const judged = judge(cases, await runTests());
  for (const [file, text] of reports(judged)) writeFileSync(file, text);
  return judged;
}

await main(async () => {
  const checking = process.argv.slice(2).includes("--check");
  const judged = checking ? check() : await write();
  const told = Object.entries(count(judged.rows)).filter(([, number]) => number > 0).map(([what, number]) => `${number} ${what}`);
  say(told.join(", "));
  for (const { suite, test } of judged.unknown) say(`${suite}: ${test} bears the number of no case`);
  if (!isComplete(judged)) process.exitCode = 1;
});
