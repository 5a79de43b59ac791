// The page that the README shows, run as it stands there.
import assert from "node:assert/strict";
import { createReadStream, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import test, { after, before, describe } from "node:test";
import { root, startBrowser, startServer, stop } from "./support.mjs";

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".map": "application/json" };
/** Stands in for the bundler of the reader. */
const IMPORTS = '<link rel="icon" href="data:,"><script type="importmap">{"imports":{"prackle":"/index.js"}}</script>';

describe("the README's example", () => {
  let sip;
  let pages;
  let browser;

  before(async () => {
    sip = await startServer();
    browser = await startBrowser();
    pages = createServer((request, response) => serve(request.url, sip.address, response));
    await new Promise((listening) => pages.listen(0, "127.0.0.1", listening));
  });
  after(async () => {
    await browser?.close();
    pages?.close();
    await stop(sip.child);
  });

  test("registers, calls, talks and hangs up", async (t) => {
    const page = await browser.newPage();
    t.after(() => page.close());
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.goto(`http://localhost:${pages.address().port}/`);
    const shows = (text) => page.waitForFunction((wanted) => document.querySelector("#state").textContent === wanted, text);
    await shows("registered");
    await page.click("#call");
    await shows("talking");
    await page.waitForFunction(() => document.querySelector("#remote").srcObject?.getAudioTracks().length === 1);
    await page.click("#end");
    await shows("ended: bye");
    assert.deepEqual(errors, []);
  });
});

function serve(url, address, response) {
  if (url === "/") {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(IMPORTS + example().replace("ws://127.0.0.1:8080", address.replace(/^http/, "ws").replace(/\/$/, "")));
    return;
  }
  const type = TYPES[extname(url)];
  const file = createReadStream(join(root, "dist", url.replace(/^\/+/, "")));
  file.once("error", () => response.writeHead(404).end());
  file.once("open", () => {
    response.setHeader("content-type", type ?? "application/octet-stream");
    file.pipe(response);
  });
}

function example() {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const found = /<!-- example: .*-->\n```html\n([^]*?)```/.exec(readme);
  assert.ok(found, "the README has lost its example");
  return found[1];
}
