// The other browser of the tests: Firefox as the distribution has it, and its driver.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aptInstall, mayInstall } from "./apt.mjs";
import { target } from "./project.mjs";
import { Failure, say, which } from "./run.mjs";

const NAMES = ["firefox-esr", "firefox"];
/** Of Debian. Ubuntu's `firefox` is a snap, which does not run in a container. */
const PACKAGE = "firefox-esr";
const ELSEWHERE = ["/Applications/Firefox.app/Contents/MacOS/firefox", "C:\\Program Files\\Mozilla Firefox\\firefox.exe"];

/** There is no Firefox, and it is not for us to install one. */
export class NoFirefox extends Failure {}

const find = () => process.env.PRACKLE_FIREFOX ?? NAMES.map(which).find((file) => file !== undefined) ?? ELSEWHERE.find((file) => existsSync(file));

/** Finds the browser; installs it where that is ours to do. */
export async function ensureFirefox() {
  const found = find() ?? (await install());
  if (found === undefined || !existsSync(found)) {
    throw new NoFirefox(`missing: ${found ?? "Firefox"}. Install it (on Debian: apt-get install ${PACKAGE}), or name it in PRACKLE_FIREFOX`);
  }
  return found;
}

async function install() {
  if (!mayInstall()) return undefined;
  say("installing Firefox by apt (about half a minute)");
  // What is still missing then is said in one line by the caller.
  await aptInstall([PACKAGE]).catch((error) => { if (!(error instanceof Failure)) throw error; });
  return find();
}

/** What wasm-bindgen's test runner is to know, as environment variables. */
export function firefoxRunnerEnvironment(binary) {
  const file = join(target, "webdriver-firefox.json");
  mkdirSync(target, { recursive: true });
  writeFileSync(file, JSON.stringify({ "moz:firefoxOptions": { binary, args: ["-headless"] } }, null, 2));
  return {
    WASM_BINDGEN_TEST_WEBDRIVER_JSON: file,
    // With it the driver's own settings keep Firefox from asking Mozilla for more of them.
    MOZ_REMOTE_SETTINGS_DEVTOOLS: "1",
  };
}
