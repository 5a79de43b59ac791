// The steps of the build: wasm and glue, the face, the page, the server.
// (Needs node_modules: import this file only once they are there.)
//
//   dist/wasm/      wasm-bindgen's glue and its types (the wasm's .d.ts names every command and event)
//   dist/           the npm package: prackle.wasm, index.js, the workers, the types
//   dist/www/       the demo page, which imports the package as anybody would
//   target/debug/   the server (a development server: quick to build matters more than quick to run)
import { build as bundle, stop as endBundler } from "esbuild";
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, extname, join } from "node:path";
import { filesOf, unlessFresh } from "./fresh.mjs";
import { shorten } from "./glue.mjs";
import { numberedByLikeness } from "./likeness.mjs";
import { at, target } from "./project.mjs";
import { node, output, run, say } from "./run.mjs";
import { callsIn, snip } from "./snip.mjs";
import { withFunctionNames } from "./wasm-file.mjs";

const WASM = "wasm32-unknown-unknown";
const shared = [at("package-lock.json"), at("scripts")];
const esm = { bundle: true, format: "esm", target: "es2022", minify: true, sourcemap: true, legalComments: "none", logLevel: "warning" };

/** Everything, in order. */
export async function buildAll() {
  await buildPackage();
  await buildPage();
  await endBundler();
  await buildServer();
}

/** What npm would publish. */
export async function buildPackage() {
  await buildWasm();
  await buildFace();
}

/** The core for the browser: cargo, wasm-bindgen, wasm-opt. */
export async function buildWasm() {
  say("building the wasm (about a minute the first time)");
  const options = ["--release", "--locked", "--lib", "-p", "prackle", "--target", WASM, "--config", withoutPaths()];
  // As the cdylib alone: beside the rlib that the tests link cargo would leave the optimisation at link time out.
  await run("cargo", ["rustc", ...options, "--crate-type", "cdylib"]);
  const compiled = join(target, WASM, "release", "prackle.wasm");
  const outputs = [at("dist", "prackle.wasm"), at("dist", "wasm", "prackle.js"), at("dist", "wasm", "prackle.d.ts")];
  await unlessFresh({ name: "wasm", inputs: [compiled, ...shared], outputs }, () => glueAndOptimise(compiled));
}

// Where a panic may arise the wasm names the source: without the folders of whoever builds it, which
// would travel to every visitor and make the file another one on every machine.
function withoutPaths() {
  const crates = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry", "src");
  const flags = [crates, output("rustc", ["--print", "sysroot"])].map((folder) => `--remap-path-prefix=${folder}=`);
  return `target.${WASM}.rustflags=${JSON.stringify(flags)}`;
}

async function glueAndOptimise(compiled) {
  say("making the glue and shrinking the wasm (about 20 s)");
  const folder = at("dist", "wasm");
  const named = await shrink(compiled, folder);
  const numbered = join(target, "glue", "numbered.wasm");
  writeFileSync(numbered, numberedByLikeness(readFileSync(named)));
  rmSync(named);
  await optimise(numbered, ORDER, at("dist", "prackle.wasm"));
}

/** The same wasm as what travels, with the names of its functions, and in their order; for those who ask what takes how much. */
export async function buildNamedWasm() {
  await buildWasm();
  return shrink(join(target, WASM, "release", "prackle.wasm"), join(target, "size"));
}

// What is computed twice compresses better than a further local, and engines find it themselves. At the low end of
// the memory is the end of the stack.
const OPTIMISE = ["-Oz", "--converge", "--low-memory-unused", "--skip-pass=local-cse", "--reorder-functions-by-name", "-g"];
/** Nothing but the order, and no names any more. */
const ORDER = ["--optimize-level=2", "--shrink-level=2", "--optimize-stack-ir", "--reorder-functions-by-name", "--strip-debug"];

const WASM_OPT = at("node_modules", "binaryen", "bin", "wasm-opt");
const optimise = (from, options, to) => node([WASM_OPT, ...options, from, "-o", to]);

/** In octets: some hundred times what it is. */
const LARGEST_GRAPH = 1 << 26;

function callsOf(wasm, file) {
  writeFileSync(file, withFunctionNames(wasm, String));
  return callsIn(execFileSync(process.execPath, [WASM_OPT, "--quiet", "--print-call-graph", file], { encoding: "utf8", maxBuffer: LARGEST_GRAPH }));
}

// Leaves the glue, its types and prackle.wasm with its names in the folder, and nothing else; tells where the wasm is.
async function shrink(compiled, folder) {
  rmSync(folder, { recursive: true, force: true });
  const made = join(target, "glue");
  await run("wasm-bindgen", [compiled, "--target", "bundler", "--remove-producers-section", "--out-dir", made, "--out-name", "prackle"]);
  const [glue, types] = ["prackle_bg.js", "prackle.d.ts"].map((name) => readFileSync(join(made, name), "utf8"));
  const short = shorten({ glue, types, wasm: readFileSync(join(made, "prackle_bg.wasm")) });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "prackle.js"), short.glue);
  writeFileSync(join(folder, "prackle.d.ts"), short.types);
  const raw = join(made, "short.wasm");
  writeFileSync(raw, snip(short.wasm, callsOf(short.wasm, raw)));
  const named = join(folder, "prackle.wasm");
  await optimise(raw, OPTIMISE, named);
  return named;
}

// The entry points of the package: index.ts, and one file per kind of worker.
function entries() {
  return readdirSync(at("js")).filter((name) => name === "index.ts" || name.endsWith("worker.ts"));
}

// What a file of js/ left behind that is no longer there would be published.
function clean(folder, kept) {
  for (const name of readdirSync(folder)) {
    if (!kept.includes(name)) rmSync(join(folder, name), { recursive: true });
  }
}

/** The package's own JavaScript and its types. */
export async function buildFace() {
  const outputs = [...entries().map((name) => at("dist", name.replace(/ts$/, "js"))), at("dist", "index.d.ts")];
  const inputs = [at("js"), at("dist", "wasm"), ...shared];
  await unlessFresh({ name: "face", inputs, outputs }, async () => {
    say("building the package (some seconds)");
    clean(at("dist"), ["wasm", "www", "prackle.wasm"]);
    await bundle({ ...esm, entryPoints: entries().map((name) => at("js", name)), outdir: at("dist") });
    await node([at("node_modules", "typescript", "bin", "tsc"), "-p", at("js")]);
  });
}

/** The demo page. */
export async function buildPage() {
  const folder = at("dist", "www");
  const inputs = [at("www"), at("dist", "prackle.wasm"), at("dist", "index.js"), ...shared];
  await unlessFresh({ name: "page", inputs, outputs: [join(folder, "main.js"), join(folder, "laboratory.js")] }, async () => {
    say("building the page (a second)");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await bundle({ ...esm, entryPoints: ["main.ts", "laboratory.ts"].map((name) => at("www", name)), outdir: folder });
    copyAssets(folder);
  });
}

// What the browser loads as it is: the page's own files, and what the package keeps beside index.js.
function copyAssets(folder) {
  const code = new Set([".ts", ".json", ".map"]);
  cpSync(at("www"), folder, { recursive: true, filter: (file) => !code.has(extname(file)) });
  const beside = readdirSync(at("dist")).filter((name) => name === "prackle.wasm" || name.endsWith("worker.js"));
  for (const name of beside) copyFileSync(at("dist", name), join(folder, basename(name)));
}

/** The development server. */
export async function buildServer() {
  say("building the server (a minute or two the first time)");
  await run("cargo", ["build", "--locked", "-p", "prackle-server"]);
}

/** A script's bytes as they would travel by themselves. */
export async function minify(file) {
  const { outputFiles } = await bundle({ ...esm, sourcemap: false, entryPoints: [file], write: false });
  return outputFiles[0].contents;
}

/** The JavaScript unit tests, bundled for node, which does not read TypeScript; tells their files. */
export async function buildUnitTests() {
  const sources = filesOf([at("tests", "js")]).filter((file) => file.endsWith(".test.ts"));
  const outdir = join(target, "js-tests");
  rmSync(outdir, { recursive: true, force: true });
  await bundle({ ...esm, minify: false, entryPoints: sources, outdir, outbase: at("."), platform: "node", outExtension: { ".js": ".mjs" } });
  return filesOf([outdir]).filter((file) => file.endsWith(".mjs"));
}
