// npm test: installs what is missing, then runs every test. Parts can be named:
//   npm test -- native browser types lint unit e2e
import { readdirSync } from "node:fs";
import { ensureWasmPack, prepare } from "./prerequisites.mjs";
import { at, serverBinary } from "./project.mjs";
import { ensureBrowser, testRunnerEnvironment } from "./browser.mjs";
import { cargoTests, nodeTests } from "./results.mjs";
import { Failure, main, npm, run, say, seconds } from "./run.mjs";

// Each throws, or tells a failure.
const PARTS = {
  native: () => cargoTests("native", []),
  browser: browserTests,
  types: () => npm(["run", "--silent", "types"]),
  lint: () => npm(["run", "--silent", "lint"]),
  unit: async ({ steps }) => nodeTests("js", [...(await steps.buildUnitTests()), ...testsIn("scripts")]),
  e2e: endToEndTests,
};

async function browserTests({ pair }) {
  const { startTestPeer } = await import("./test-peer.mjs");
  const peer = await startTestPeer();
  const env = { ...testRunnerEnvironment(pair), PRACKLE_TEST_PEER: peer.address };
  try {
    await run("wasm-pack", ["test", "--headless", "--chrome", "--mode", "no-install"], { env });
  } finally {
    peer.stop();
  }
}

function testsIn(folder) {
  const files = readdirSync(at("tests", folder)).filter((name) => name.endsWith(".test.mjs"));
  return files.map((name) => at("tests", folder, name));
}

// They share one machine: two pages with audio at a time are enough.
function endToEndTests({ pair }) {
  const env = { PRACKLE_SERVER: serverBinary, PRACKLE_CHROMIUM: pair.browser };
  return nodeTests("e2e", testsIn("e2e"), { options: ["--test-concurrency=1"], env });
}

function chosen(names) {
  const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) throw new Failure(`no such part: ${unknown.join(", ")} (there are ${Object.keys(PARTS).join(", ")})`);
  return names.length > 0 ? names : Object.keys(PARTS);
}

async function prepareFor(parts) {
  const steps = await prepare();
  const needsBrowser = parts.includes("browser") || parts.includes("e2e");
  const pair = needsBrowser ? await ensureBrowser() : undefined;
  if (parts.includes("browser")) await ensureWasmPack();
  // The types of commands and events come from the wasm, and with them those of everything else.
  if (parts.some((part) => part !== "native" && part !== "browser")) await steps.buildPackage();
  if (parts.includes("e2e")) {
    await steps.buildPage();
    await steps.buildServer();
  }
  return { steps, pair };
}

async function perform(part, context) {
  const since = performance.now();
  say(`testing: ${part}`);
  const fault = await PARTS[part](context).catch((error) => error);
  if (fault !== undefined) console.error(fault instanceof Failure ? fault.message : fault);
  return { part, ok: fault === undefined, took: seconds(since) };
}

await main(async () => {
  const since = performance.now();
  const parts = chosen(process.argv.slice(2));
  const context = await prepareFor(parts);
  const results = [];
  for (const part of parts) results.push(await perform(part, context));
  console.log();
  for (const { part, ok, took } of results) say(`${ok ? "passed" : "FAILED"}  ${part.padEnd(8)} ${took.padStart(8)}`);
  say(`after ${seconds(since)}, with what had to be installed and built`);
  if (results.some(({ ok }) => !ok)) process.exitCode = 1;
});
