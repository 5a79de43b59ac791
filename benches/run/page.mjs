// A measurement in a page of headless Chromium.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { at } from "../../scripts/project.mjs";
import { Failure } from "../../scripts/run.mjs";
import { serve } from "./server.mjs";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--enable-precise-memory-info",
  "--js-flags=--expose-gc",
  // The flags that switch off one service after the other leave some on; this one leaves none.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];
const PAGE = "<!doctype html><meta charset=utf-8><title>bench</title><script type=module src=/inside.mjs></script>";

/** Starts the browser and a server for its pages. */
export async function startPages(executablePath, bundle, wasm = at("dist", "prackle.wasm")) {
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  const server = await serve({
    "/": PAGE,
    "/inside.mjs": readFileSync(bundle),
    "/prackle.wasm": readFileSync(wasm),
  });
  return {
    browser,
    version: browser.version(),
    measure: (...request) => inPage(browser, server.address, (page) => measured(page, ...request)),
    profile: (interval, ...request) => inPage(browser, server.address, (page) => profiled(page, interval, request)),
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}

/** Longer than any measurement takes, in ms. */
const PATIENCE = 900_000;

function late(words) {
  return new Promise((_, reject) => { setTimeout(() => reject(new Failure(words)), PATIENCE).unref(); });
}

async function inPage(browser, address, use) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(0);
    await page.goto(address);
    return await use(page);
  } finally {
    await context.close();
  }
}

function measured(page, name, clients, options) {
  const result = page.evaluate(async ([name, clients, options]) => {
    const { prepare, measure } = await import("/inside.mjs");
    await prepare("/prackle.wasm");
    return measure(name, clients, options);
  }, [name, clients, options]);
  return Promise.race([result, late(`${name} (${clients}) does not end in the page`)]);
}

// The same kind of profile as Node's.
async function profiled(page, interval, request) {
  const inspector = await page.context().newCDPSession(page);
  await inspector.send("Profiler.enable");
  await inspector.send("Profiler.setSamplingInterval", { interval });
  await inspector.send("Profiler.start");
  await measured(page, ...request);
  return (await inspector.send("Profiler.stop")).profile;
}
