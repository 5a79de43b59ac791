// npm run interop: Prackle in a browser against Kamailio, rtpengine, coturn and SIPp.
//   npm run interop -- PRACK CANCEL   only the cases whose name has one of these words
//   npm run interop -- --if-possible  where the packages cannot be installed, says so and is content
import { ensureBrowser } from "./browser.mjs";
import { prepare } from "./prerequisites.mjs";
import { Failure, main, say } from "./run.mjs";
import { ensurePackages } from "../deploy/packages.mjs";

const words = process.argv.slice(2);
const optional = words.includes("--if-possible");

async function packages() {
  try {
    await ensurePackages(["kamailio", "rtpengine", "coturn", "openssl", "sipp"]);
    return true;
  } catch (error) {
    if (!optional || !(error instanceof Failure)) throw error;
    say(`SKIPPED interop: ${error.message}`);
    return false;
  }
}

await main(async () => {
  if (!(await packages())) return;
  const steps = await prepare();
  process.env.PRACKLE_CHROMIUM = (await ensureBrowser()).browser;
  await steps.buildPackage();
  const { runCases } = await import("../tests/interop/main.mjs");
  if ((await runCases(words.filter((word) => !word.startsWith("--")))) > 0) process.exitCode = 1;
});
