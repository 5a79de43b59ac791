// From the navigation to the first REGISTER in the socket's hands, in Chromium: nothing cached,
// nothing compiled; on loopback, and at 10 Mbit/s with 40 ms there and back.
import { bundlePages } from "../run/bundles.mjs";
import { serve } from "../run/server.mjs";
import { median, ratio, summary } from "../run/statistics.mjs";
import { spread, times } from "../run/text.mjs";

const NETWORKS = {
  loopback: undefined,
  "10 Mbit/s": { offline: false, latency: 40, downloadThroughput: 1_250_000, uploadThroughput: 1_250_000 },
};
const WATCH = `const send = WebSocket.prototype.send;
globalThis.registered = new Promise((resolve) => {
  WebSocket.prototype.send = function (frame) {
    if (typeof frame === "string" && frame.startsWith("REGISTER")) resolve(performance.now());
    return send.call(this, frame);
  };
});`;
// As the page of the README: the wasm is asked for at once, not when the script has come and run.
const PRELOAD = '<link rel=preload href=prackle.wasm as=fetch type=application/wasm crossorigin>';

const html = (head) => `<!doctype html><meta charset=utf-8><title>startup</title>${head}<script>${WATCH}</script><script type=module src=page.js></script>`;

export async function measure({ pages: { browser }, options: { starts } }) {
  const pages = await bundlePages();
  const variants = { ...pages, "Prackle, not preloaded": pages.Prackle };
  const files = Object.entries(variants).flatMap(([name, contents]) => [
    [`/${encodeURI(name)}/`, html(name === "Prackle" ? PRELOAD : "")],
    ...Object.entries(contents).map(([file, content]) => [`/${encodeURI(name)}/${file}`, content]),
  ]);
  const server = await serve(Object.fromEntries(files));
  const data = {};
  try {
    for (const [network, conditions] of Object.entries(NETWORKS)) {
      data[network] = {};
      for (let start = 0; start <= starts; start += 1) {
        for (const name of Object.keys(variants)) {
          const took = await load(browser, `${server.address}/${name}/`, conditions);
          // The first round wakes the browser up.
          if (start > 0) (data[network][name] ??= []).push(took);
        }
      }
    }
  } finally {
    server.close();
  }
  return data;
}

async function load(browser, address, conditions) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    if (conditions !== undefined) {
      const session = await context.newCDPSession(page);
      await session.send("Network.enable");
      await session.send("Network.emulateNetworkConditions", conditions);
    }
    await page.goto(address);
    return await page.evaluate(() => globalThis.registered);
  } finally {
    await context.close();
  }
}

export function tables(data) {
  const names = Object.keys(Object.values(data)[0]);
  return [{
    title: "From the navigation to the first REGISTER on the wire, in Chromium: ms, the median of the starts (and their quartiles)",
    columns: ["network", ...names],
    rows: Object.entries(data).map(([network, samples]) => [network, ...names.map((name) => spread(summary(samples[name])))]),
  }];
}

export function goals(data) {
  const value = (samples) => Math.max(...["JsSIP", "SIP.js"].map((client) => ratio(samples.Prackle, samples[client])));
  const values = Object.fromEntries(Object.entries(data).map(([network, samples]) => [network, value(samples)]));
  return [{ what: "page load to REGISTER, the wasm preloaded, against the faster of the two", goal: 1, values, atLeast: false, show: times }];
}

export function chart(data) {
  return Object.entries(data).slice(1).map(([network, samples]) => ({
    title: `Page load → REGISTER, at ${network}`,
    unit: "ms",
    bars: ["Prackle", "JsSIP", "SIP.js"].map((client) => [client, median(samples[client])]),
  }));
}
