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
export async function startPages(executablePath, bundle) {
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  const server = await serve({
    "/": PAGE,
    "/inside.mjs": readFileSync(bundle),
    "/prackle.wasm": readFileSync(at("dist", "prackle.wasm")),
  });
  return {
    browser,
    version: browser.version(),
    measure: (name, clients, options) => inPage(browser, server.address, name, clients, options),
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

async function inPage(browser, address, name, clients, options) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(0);
    await page.goto(address);
    const measured = page.evaluate(async ([name, clients, options]) => {
      const { prepare, measure } = await import("/inside.mjs");
      await prepare("/prackle.wasm");
      return measure(name, clients, options);
    }, [name, clients, options]);
    return await Promise.race([measured, late(`${name} (${clients}) does not end in the page`)]);
  } finally {
    await context.close();
  }
}
