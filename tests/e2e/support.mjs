// What every end-to-end test needs: the server on a free port, a browser that talks to nobody
// else, and a phone: a tab with the page, named after its user.
//
// PRACKLE_SERVER names the server's binary. PRACKLE_FIREFOX names a Firefox to run the tests in;
// without it they run in the Chromium that PRACKLE_CHROMIUM (or CHROME) names.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { startFirefox } from "./firefox.mjs";
import { Phone } from "./phone.mjs";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");

const FLAGS = [
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  // The flags that switch off one service after the other leave some on; this one leaves none.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

// Without the fake UI the browser refuses a microphone that was not permitted.
const REFUSING = FLAGS.filter((flag) => !flag.includes("fake-ui"));

const { PRACKLE_FIREFOX } = process.env;
/** For a test's `skip`: it asks for what only the driver of Chromium can do. */
export const inFirefox = PRACKLE_FIREFOX !== undefined && "not in Firefox";

/** A server, a browser and phones; to be closed in the end. The microphone is `granted` or `refused`. */
export async function startWorld({ microphone, serverArguments = [], www } = {}) {
  const server = await startServer(serverArguments, 0, www);
  const browser = await startBrowser(microphone).catch((error) => {
    server.child.kill();
    throw error;
  });
  return {
    browser,
    address: server.address,
    phone: (t, user, options) => openPhone({ browser, address: server.address, t, user, ...options }),
    async close() {
      await browser.close();
      await stop(server.child);
    },
  };
}

/** Starts the browser that the tests are run in. */
export function startBrowser(microphone = "granted") {
  if (PRACKLE_FIREFOX !== undefined) return startFirefox({ executablePath: PRACKLE_FIREFOX, microphone });
  return startChromium(microphone === "refused" ? REFUSING : FLAGS);
}

/** Starts Chromium. */
export function startChromium(flags) {
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: findBrowser(), args: [...flags, ...sandbox] });
}

/** Starts the server, on a free port unless one is named, and waits until it says that it is ready. */
export async function startServer(extra = [], port = 0, www = join(root, "dist", "www")) {
  const options = ["--listen", `127.0.0.1:${port}`, "--www", www, ...extra];
  const child = spawn(serverBinary(), options, { stdio: ["ignore", "pipe", "inherit"] });
  const address = await new Promise((found, failed) => {
    child.once("error", failed);
    child.once("exit", (code) => failed(new Error(`the server ended with ${code} before it was ready`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const ready = /ready: (http:\/\/\S+)/.exec(line);
      if (ready) found(ready[1].replace("127.0.0.1", "localhost"));
    });
  });
  // A test that failed before it could stop its server must not keep the others' results back.
  child.unref();
  child.stdout.unref();
  process.once("exit", () => child.kill());
  return { child, address };
}

/** Ends a server and waits until it has ended. */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once("exit", done));
  child.ref();
  child.kill();
  await ended;
}

/** Opens the page in a tab (or window) of its own, as `user` (or as whoever is next). */
async function openPhone({ browser, address, t, user, viewport = { width: 1280, height: 800 }, prepare, colorScheme = "light", registered = true }) {
  const context = await browser.newContext({ viewport, colorScheme });
  t.after(() => context.close());
  if (prepare !== undefined) await context.addInitScript(prepare);
  if (user !== undefined) await context.addInitScript(preset, await accountOf(user, address));
  const page = await context.newPage();
  const phone = new Phone(page);
  await page.goto(address);
  await phone.ready();
  if (registered) await phone.register();
  // The last word of every test: nothing went wrong unseen.
  t.after(() => assert.deepEqual(phone.errors, [], "errors on the console of the page"));
  return phone;
}

/** The account of a demo user, as the page keeps it. */
async function accountOf(user, address) {
  const { users, path } = await (await fetch(new URL("demo-users", address))).json();
  const { uri, displayName, username, password } = users.find((one) => one.username === user);
  const server = `${new URL(path, address.replace("http", "ws"))}`;
  return JSON.stringify({ uri, displayName, username, password, server });
}

/** Runs in the page before its own code: this tab is not new, it has its account already. */
function preset(account) {
  if (location.origin === "null") return; // about:blank
  sessionStorage.setItem("prackle-account", sessionStorage.getItem("prackle-account") ?? account);
}

function serverBinary() {
  const name = process.platform === "win32" ? "prackle-server.exe" : "prackle-server";
  const places = [process.env.PRACKLE_SERVER, ...["release", "debug"].map((kind) => join(root, "target", kind, name))];
  const found = places.find((file) => file !== undefined && existsSync(file));
  assert.ok(found, "the server is not built: npm run build");
  return found;
}

function findBrowser() {
  const named = process.env.PRACKLE_CHROMIUM ?? process.env.CHROME;
  if (named !== undefined) return named;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const files = process.env.PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  const found = files.find((file) => isExecutable(file));
  assert.ok(found, "no Chromium or Chrome on the PATH; name it in PRACKLE_CHROMIUM");
  return found;
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
