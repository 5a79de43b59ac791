// What must be on the machine: Node and Rust are asked for, the rest is installed.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { at, atLeast, tools, versions, windows } from "./project.mjs";
import { Failure, npm, output, run, say, seconds, which } from "./run.mjs";

const WASM = "wasm32-unknown-unknown";
const LINKER = {
  linux: 'install gcc (on Debian and Ubuntu: "apt-get install build-essential")',
  darwin: 'run "xcode-select --install"',
};

/** All that the build needs; gives the steps of the build, which need it themselves. */
export async function prepare() {
  checkNodeAndRust();
  await ensureNodeModules();
  await ensureWasmTarget();
  await ensureWasmBindgen();
  return import("./steps.mjs");
}

/** Node and Rust, new enough. One line each says what to do. */
function checkNodeAndRust() {
  const missing = [];
  if (!atLeast(process.versions.node, versions.node)) {
    missing.push(`Node ${process.versions.node} is too old: install Node ${versions.node} or newer from https://nodejs.org`);
  }
  const rustc = /rustc ([\d.]+)/.exec(output("rustc", ["--version"]) ?? "")?.[1];
  if (rustc === undefined || output("cargo", ["--version"]) === undefined) {
    missing.push("Rust is missing: install it with rustup from https://rustup.rs, then try again");
  } else if (!atLeast(rustc, versions.rust)) {
    missing.push(`Rust ${rustc} is too old: run "rustup update stable" (Rust ${versions.rust} or newer is needed)`);
  }
  if (!windows && ["cc", "gcc", "clang"].every((name) => which(name) === undefined)) {
    missing.push(`a C compiler is missing, which Rust links with: ${LINKER[process.platform] ?? "install gcc or clang"}`);
  }
  if (missing.length > 0) throw new Failure(missing.join("\n        "));
}

/** The standard library for wasm32. */
async function ensureWasmTarget() {
  const sysroot = output("rustc", ["--print", "sysroot"]);
  if (sysroot !== undefined && existsSync(join(sysroot, "lib", "rustlib", WASM, "lib"))) return;
  if (output("rustup", ["--version"]) === undefined) {
    throw new Failure(`Rust's ${WASM} target is missing and there is no rustup: install it the way Rust was installed`);
  }
  say(`installing Rust's ${WASM} target (some seconds)`);
  await run("rustup", ["target", "add", WASM]);
}

/** The packages of package-lock.json in node_modules. */
async function ensureNodeModules() {
  if (nodeModulesMatch()) return;
  say("installing the npm packages of package-lock.json (about 15 s)");
  await npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}

// npm notes what it has installed in node_modules/.package-lock.json.
function nodeModulesMatch() {
  const note = at("node_modules", ".package-lock.json");
  if (!existsSync(note)) return false;
  const installed = JSON.parse(readFileSync(note, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(at("package-lock.json"), "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional || installed[path]?.version === entry.version,
  );
}

/** wasm-bindgen and wasm-bindgen-test-runner, of exactly the version of the crate. */
function ensureWasmBindgen() {
  return ensureTool("wasm-bindgen", "wasm-bindgen-cli", versions.wasmBindgen);
}

/** wasm-pack, which runs the tests in the browser. */
export function ensureWasmPack() {
  return ensureTool("wasm-pack", "wasm-pack", versions.wasmPack);
}

/** geckodriver, which drives Firefox for wasm-pack. Debian has no package of it. */
export function ensureGeckodriver() {
  return ensureTool("geckodriver", "geckodriver", versions.geckodriver);
}

// Unoptimised tools take a third of the time to build and a tenth of a second more to run.
const QUICK = {
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "0",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
  CARGO_PROFILE_RELEASE_STRIP: "true",
};

async function ensureTool(name, crate, version) {
  const present = () => output(name, ["--version"]) === `${name} ${version}`;
  if (present()) return;
  say(`building ${name} ${version} into target/tools, once (2 to 5 minutes)`);
  const since = performance.now();
  await run("cargo", ["install", "--locked", "--force", "--root", tools, `${crate}@${version}`], { env: QUICK });
  if (!present()) throw new Failure(`${name} ${version} was built but does not run`);
  say(`${name} is there, after ${seconds(since)}`);
}
