// npm run size: what travels to the browser, in bytes, raw and compressed.
//   npm run size -- --json target/size.json   writes the figures, too
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";
import { prepare } from "./prerequisites.mjs";
import { at } from "./project.mjs";
import { main } from "./run.mjs";

const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

// index.js holds the glue: it is shown by itself, too, but travels and counts once.
function measure(glue) {
  const size = (bytes) => ({ raw: bytes.length, brotli: brotli(bytes) });
  const wasm = size(readFileSync(at("dist", "prackle.wasm")));
  const script = size(readFileSync(at("dist", "index.js")));
  const together = { raw: wasm.raw + script.raw, brotli: wasm.brotli + script.brotli };
  return { wasm, "index.js: glue and face": script, "of it the glue alone": size(glue), together };
}

await main(async () => {
  const { buildPackage, minify } = await prepare();
  await buildPackage();
  const sizes = measure(await minify(at("dist", "wasm", "prackle.js")));
  console.table(sizes);
  const json = process.argv.indexOf("--json");
  if (json > 0) writeFileSync(process.argv[json + 1], `${JSON.stringify(sizes, null, 2)}\n`);
});
