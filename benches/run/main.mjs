// npm run bench: Prackle beside JsSIP and SIP.js, in one run.
//   npm run bench -- parse react     some measurements of: parse react calls memory startup size storm
//   npm run bench -- --brief         only shows that everything runs: its figures mean nothing
//   npm run bench -- --profile       where Prackle's time goes, and nothing else: over the eight messages in Node;
//                                    with `calls` in whole calls, with `--chromium` in the page
//   npm run bench -- --write         keeps the figures: docs/bench.json, docs/performance.md and the pictures
import { mkdirSync, writeFileSync } from "node:fs";
import { arch, cpus } from "node:os";
import { dirname, join } from "node:path";
import { ensureBrowser } from "../../scripts/browser.mjs";
import { prepare } from "../../scripts/prerequisites.mjs";
import { target } from "../../scripts/project.mjs";
import { Failure, main, say, seconds } from "../../scripts/run.mjs";
import { goalTable } from "./goals.mjs";
import { table } from "./text.mjs";

const NAMES = ["parse", "react", "calls", "memory", "startup", "size", "storm"];
const FULL = { rounds: 11, span: 300, warmUp: 1500, starts: 9, crowd: 10_000, idle: 1000, over: 10_000, agents: 100_000, isBrief: false };
const BRIEF = { rounds: 1, span: 10, warmUp: 10, starts: 1, crowd: 100, idle: 100, over: 200, agents: 2000, isBrief: true };
const OPTIONS = ["--brief", "--write", "--profile", "--chromium"];

function chosen(args) {
  const names = args.filter((argument) => !argument.startsWith("--"));
  const unknown = [...names.filter((name) => !NAMES.includes(name)), ...args.filter((argument) => argument.startsWith("--") && !OPTIONS.includes(argument))];
  if (unknown.length > 0) throw new Failure(`unknown: ${unknown.join(", ")} (there are ${[...NAMES, ...OPTIONS].join(", ")})`);
  if (args.includes("--profile") && names.some((name) => name !== "calls")) throw new Failure("--profile goes with calls, or with no name");
  return NAMES.filter((name) => names.includes(name));
}

async function open(options) {
  const { buildPackage } = await prepare();
  await buildPackage();
  const { bundleHarness } = await import("./bundles.mjs");
  const { inNode } = await import("./node.mjs");
  const { startPages } = await import("./page.mjs");
  const bundle = await bundleHarness();
  const pages = await startPages((await ensureBrowser()).browser, bundle);
  const environments = [
    { name: "Node", measure: (...request) => inNode(bundle, ...request) },
    { name: "Chromium", measure: pages.measure },
  ];
  const machine = { node: process.versions.node, chromium: pages.version, cpu: cpus()[0]?.model, cores: cpus().length, arch: arch() };
  return { context: { environments, pages, options }, machine };
}

async function showProfile(names, inChromium) {
  const { buildPackage, buildNamedWasm } = await prepare();
  await buildPackage();
  const { bundleHarness } = await import("./bundles.mjs");
  const { profile } = await import("./profile.mjs");
  const measure = names.length > 0 ? "calls" : "whole";
  // In one piece: between rounds garbage is collected, which would be seen.
  await profile(await bundleHarness(), await buildNamedWasm(), { inChromium, measure, options: { ...FULL, rounds: 1, span: 5000 } });
}

async function perform(names, context) {
  const results = {};
  for (const name of names) {
    const since = performance.now();
    say(`measuring: ${name}`);
    const section = await import(`../sections/${name}.mjs`);
    results[name] = await section.measure(context);
    for (const one of section.tables(results[name])) console.log(`\n${table(one)}`);
    say(`${name} took ${seconds(since)}`);
  }
  return results;
}

await main(async () => {
  const args = process.argv.slice(2);
  const names = chosen(args);
  const isBrief = args.includes("--brief");
  if (isBrief && args.includes("--write")) throw new Failure("figures of a brief run are not worth keeping");
  if (args.includes("--chromium") && !args.includes("--profile")) throw new Failure("--chromium goes with --profile");
  if (args.includes("--profile")) return showProfile(names, args.includes("--chromium"));
  const { context, machine } = await open(isBrief ? BRIEF : FULL);
  try {
    const sections = await perform(names.length > 0 ? names : NAMES, context);
    console.log(`\n${table(await goalTable(sections))}`);
    if (isBrief) say("these figures only show that the measurements run");
    const file = join(target, "bench", "results.json");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify({ machine, sections })}\n`);
    if (args.includes("--write")) await (await import("./publish.mjs")).publish(machine, sections);
  } finally {
    await context.pages.close();
  }
});
