// What is measured, bundled: the harness with all clients in it, and the smallest page of each client.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { at, target } from "../../scripts/project.mjs";

const folder = join(target, "bench");
const common = { bundle: true, format: "esm", target: "es2022", platform: "browser", legalComments: "none", logLevel: "warning" };

/** The smallest page of each client. */
export const PAGES = { Prackle: "prackle", JsSIP: "jssip", "SIP.js": "sipjs" };

/** The harness: a module for Node and for pages. */
export async function bundleHarness() {
  const outfile = join(folder, "inside.mjs");
  await build({ ...common, entryPoints: [at("benches", "inside.ts")], loader: { ".sip": "text" }, outfile });
  return outfile;
}

/** What travels of each client's page: the name and content of each file. */
export async function bundlePages() {
  const pages = {};
  for (const [client, name] of Object.entries(PAGES)) {
    const entryPoints = [at("benches", "startup", `${name}.ts`)];
    const { outputFiles } = await build({ ...common, minify: true, entryPoints, write: false, outfile: "page.js" });
    pages[client] = { "page.js": Buffer.from(outputFiles[0].contents) };
  }
  pages.Prackle["prackle.wasm"] = readFileSync(at("dist", "prackle.wasm"));
  return pages;
}

/** A file's octets, and as a server would send them. */
export function sizes(content) {
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  return { raw: content.length, gzip: gzipSync(content, { level: 9 }).length, brotli };
}
