// The package on a page of one's own, beside the development server.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, startWorld } from "./support.mjs";

/** A server with such a page, and a browser; `open` gives the page in a tab, with the helpers below. */
export async function startOwnPage() {
  const www = mkdtempSync(join(tmpdir(), "prackle-page-"));
  writeFileSync(join(www, "index.html"), "<!doctype html><link rel=icon href=data:,><script type=module src=page.js></script>");
  writeFileSync(join(www, "page.js"), 'import * as prackle from "./index.js"; window.prackle = prackle;');
  for (const name of ["index.js", "prackle.wasm"]) copyFileSync(join(root, "dist", name), join(www, name));
  const world = await startWorld({ www });
  return {
    open: (t) => open(world, t),
    async close() {
      await world.close();
      rmSync(www, { recursive: true });
    },
  };
}

async function open({ browser, address }, t) {
  const context = await browser.newContext();
  t.after(() => context.close());
  await context.addInitScript(helpers);
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  t.after(() => assert.deepEqual(errors, []));
  await page.goto(address);
  await page.waitForFunction(() => window.prackle !== undefined);
  return page;
}

/** In the page: user agents of demo users, and patience. */
function helpers() {
  window.online = async (name, options) => {
    const demo = await (await fetch("/demo-users")).json();
    const { uri, username, password } = demo.users.find((user) => user.username === name);
    const ua = new window.prackle.UserAgent({
      uri,
      servers: `ws://${location.host}${demo.path}`,
      credentials: () => ({ username, password }),
      ...options,
    });
    await ua.connect();
    await ua.register();
    return ua;
  };
  window.play = (call) => {
    const player = new Audio();
    call.addEventListener("media", ({ stream }) => {
      player.srcObject = stream;
      void player.play();
    });
    return call;
  };
  window.once = (target, name) => new Promise((resolve) => { target.addEventListener(name, resolve, { once: true }); });
  window.until = async (condition, complaint) => {
    const deadline = performance.now() + 10_000;
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error(complaint);
      await new Promise((next) => { setTimeout(next, 30); });
    }
  };
}
