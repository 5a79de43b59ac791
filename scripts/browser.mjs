// The browser of the tests: Chromium or Chrome and its driver, and how to run them so that
// they talk to nobody but this machine.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aptInstall, mayInstall } from "./apt.mjs";
import { target } from "./project.mjs";
import { Failure, output, say, which } from "./run.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
/** The packages of Debian, and those of Ubuntu. */
const PACKAGES = [["chromium", "chromium-driver"], ["chromium-browser", "chromium-chromedriver"]];
const ELSEWHERE = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const found = (names) => names.map(which).find((file) => file !== undefined);
const browser = () => process.env.PRACKLE_CHROMIUM ?? found(NAMES) ?? ELSEWHERE.find((file) => existsSync(file));
const driver = () => process.env.CHROMEDRIVER ?? found(["chromedriver"]);

/** Finds the browser and its driver; installs them where that is ours to do. */
export async function ensureBrowser() {
  if (browser() === undefined || driver() === undefined) await install();
  const pair = { browser: browser(), driver: driver() };
  const missing = [pair.browser ?? "Chromium or Chrome", pair.driver ?? "chromedriver"].filter((name) => !existsSync(name));
  if (missing.length > 0) {
    throw new Failure(`missing: ${missing.join(", ")}. Install it, or name it in PRACKLE_CHROMIUM and CHROMEDRIVER`);
  }
  checkVersions(pair);
  return pair;
}

async function install() {
  if (!mayInstall()) return;
  say("installing chromium and its driver by apt (about a minute)");
  for (const packages of PACKAGES) {
    try {
      return await aptInstall(packages);
    } catch (error) {
      // What is still missing then is said in one line by the caller.
      if (!(error instanceof Failure)) throw error;
    }
  }
}

// A driver refuses a browser of another major version, in many lines.
function checkVersions({ browser, driver }) {
  const [left, right] = [browser, driver].map((file) => / (\d+)\./.exec(output(file, ["--version"]) ?? "")?.[1]);
  if (left !== undefined && right !== undefined && left !== right) {
    throw new Failure(`${browser} is of version ${left}, but ${driver} is for version ${right}: install a matching pair`);
  }
}

const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  // The flags that switch off one service after the other leave some on; this one leaves none.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

/** What wasm-bindgen's test runner is to know, as environment variables. */
export function testRunnerEnvironment({ browser, driver }) {
  const file = join(target, "webdriver.json");
  mkdirSync(target, { recursive: true });
  writeFileSync(file, JSON.stringify({ "goog:chromeOptions": { binary: browser, args: FLAGS } }, null, 2));
  return {
    CHROMEDRIVER: driver,
    WASM_BINDGEN_TEST_WEBDRIVER_JSON: file,
  };
}
