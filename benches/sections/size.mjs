// Everything that travels before a visitor can call: the smallest page of each client, minified.
import { bundlePages, sizes } from "../run/bundles.mjs";
import { figure } from "../run/text.mjs";

/** The goal, in octets of brotli. */
const GOAL = 60_000;

export async function measure() {
  const pages = await bundlePages();
  return Object.fromEntries(Object.entries(pages).map(([client, files]) => [
    client, Object.fromEntries(Object.entries(files).map(([name, content]) => [name, sizes(content)])),
  ]));
}

const sum = (files, kind) => Object.values(files).reduce((total, file) => total + file[kind], 0);

export function tables(data) {
  const row = (name, files) => [name, ...["raw", "gzip", "brotli"].map((kind) => figure(sum(files, kind)))];
  return [{
    title: "What travels, in octets: each client with the few lines that connect and register, bundled and minified",
    columns: ["client", "raw", "gzip -9", "brotli -11"],
    rows: Object.entries(data).flatMap(([client, files]) => [
      row(client, files),
      ...(Object.keys(files).length > 1 ? Object.entries(files).map(([name, file]) => row(`  of it ${name}`, { file })) : []),
    ]),
  }];
}

export function goals(data) {
  return [{ what: "everything that travels, in octets of brotli -11", goal: GOAL, values: { build: sum(data.Prackle, "brotli") }, atLeast: false, show: figure }];
}

export function chart(data) {
  const bars = ["Prackle", "JsSIP", "SIP.js"].map((client) => [client, sum(data[client], "brotli") / 1000]);
  return [{ title: "What travels, in brotli", unit: "kB", bars }];
}
