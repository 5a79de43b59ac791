// npm test: installs what is missing, then runs every test. Parts can be named:
//   npm test -- native browser types lint unit e2e firefox
// The part "firefox" is the parts "browser" and "e2e" once more, in Firefox; where there is none it
// is skipped, unless it was asked for.
import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { ensureGeckodriver, ensureWasmPack, prepare } from "./prerequisites.mjs";
import { at, serverBinary } from "./project.mjs";
import { ensureBrowser, testRunnerEnvironment } from "./browser.mjs";
import { NoFirefox, ensureFirefox, firefoxRunnerEnvironment } from "./firefox.mjs";
import { cargoTests, nodeTests } from "./results.mjs";
import { Failure, main, npm, run, say, seconds } from "./run.mjs";

// Each throws, or tells a failure.
const PARTS = {
  native: () => cargoTests("native", []),
  browser: ({ pair }) => wasmTests("--chrome", testRunnerEnvironment(pair)),
  types: () => npm(["run", "--silent", "types"]),
  lint: () => npm(["run", "--silent", "lint"]),
  unit: async ({ steps }) => nodeTests("js", [...(await steps.buildUnitTests()), ...testsIn("scripts")]),
  e2e: ({ pair }) => endToEndTests("e2e", testsIn("e2e"), { PRACKLE_CHROMIUM: pair.browser }),
  firefox: firefoxTests,
};

/** The end-to-end tests that are not repeated in Firefox: they ask for what only Playwright can do, or much time. */
const NOT_IN_FIREFOX = ["laboratory.test.mjs"];

/** The tests on a page and those in a Worker: both at a time, since most of it is waiting for timers. */
const WASM_SUITES = [["--lib", "--test", "browser"], ["--test", "browser_worker"]];

async function wasmTests(browser, environment) {
  const { startTestPeer } = await import("./test-peer.mjs");
  const peer = await startTestPeer();
  const patience = { WASM_BINDGEN_TEST_TIMEOUT: "120", WASM_BINDGEN_TEST_DRIVER_TIMEOUT: "30" };
  const env = { ...environment, ...patience, PRACKLE_TEST_PEER: peer.address };
  try {
    const runs = WASM_SUITES.map((suite) => run("wasm-pack", ["test", "--headless", browser, "--mode", "no-install", "--", "--locked", ...suite], { env }));
    const faults = (await Promise.allSettled(runs)).filter(({ status }) => status === "rejected");
    if (faults.length > 0) throw faults[0].reason;
  } finally {
    peer.stop();
  }
}

function testsIn(folder) {
  const files = readdirSync(at("tests", folder)).filter((name) => name.endsWith(".test.mjs"));
  return files.map((name) => at("tests", folder, name));
}

// They share one machine: two pages with audio at a time are enough.
function endToEndTests(suite, files, env) {
  return nodeTests(suite, files, { options: ["--test-concurrency=1"], env: { PRACKLE_SERVER: serverBinary, ...env } });
}

async function firefoxTests() {
  const firefox = await ensureFirefox();
  await ensureGeckodriver();
  await wasmTests("--firefox", firefoxRunnerEnvironment(firefox));
  const files = testsIn("e2e").filter((file) => !NOT_IN_FIREFOX.includes(basename(file)));
  return endToEndTests("e2e-firefox", files, { PRACKLE_FIREFOX: firefox });
}

function chosen(names) {
  const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) throw new Failure(`no such part: ${unknown.join(", ")} (there are ${Object.keys(PARTS).join(", ")})`);
  return names.length > 0 ? names : Object.keys(PARTS);
}

async function prepareFor(parts) {
  const steps = await prepare();
  const needs = (...names) => names.some((name) => parts.includes(name));
  const pair = needs("browser", "e2e") ? await ensureBrowser() : undefined;
  if (needs("browser", "firefox")) await ensureWasmPack();
  // The types of commands and events come from the wasm, and with them those of everything else.
  if (parts.some((part) => part !== "native" && part !== "browser")) await steps.buildPackage();
  if (needs("e2e", "firefox")) {
    await steps.buildPage();
    await steps.buildServer();
  }
  return { steps, pair };
}

async function perform(part, context, asked) {
  const since = performance.now();
  say(`testing: ${part}`);
  const fault = await PARTS[part](context).catch((error) => error);
  if (fault !== undefined) console.error(fault instanceof Failure ? fault.message : fault);
  const skipped = fault instanceof NoFirefox && !asked;
  return { part, outcome: fault === undefined ? "passed" : skipped ? "SKIPPED" : "FAILED", took: seconds(since) };
}

await main(async () => {
  const since = performance.now();
  const named = process.argv.slice(2);
  const parts = chosen(named);
  const context = await prepareFor(parts);
  const results = [];
  for (const part of parts) results.push(await perform(part, context, named.includes(part)));
  console.log();
  for (const { part, outcome, took } of results) say(`${outcome.padEnd(7)} ${part.padEnd(8)} ${took.padStart(8)}`);
  say(`after ${seconds(since)}, with what had to be installed and built`);
  if (results.some(({ outcome }) => outcome === "FAILED")) process.exitCode = 1;
});
