// Where things are, and which versions are wanted. Versions are written once: in
// Cargo.toml, Cargo.lock and package-lock.json, or here when they are in none of these.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const windows = process.platform === "win32";
export const exe = windows ? ".exe" : "";

/** A path inside the project. */
export const at = (...parts) => join(root, ...parts);

/** Cargo's target directory; tools, stamps and the bundles of tests live there too. */
export const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
export const tools = join(target, "tools");
export const serverBinary = join(target, "debug", `prackle-server${exe}`);

const manifest = readFileSync(at("Cargo.toml"), "utf8");
const lock = readFileSync(at("Cargo.lock"), "utf8");

const found = (text, pattern, what) => {
  const match = pattern.exec(text);
  if (match === null) throw new Error(`${what} not found`);
  return match[1];
};

export const versions = {
  node: "20.0.0",
  rust: found(manifest, /^rust-version = "([\d.]+)"/m, "rust-version in Cargo.toml"),
  // The tool must be of exactly the crate's version.
  wasmBindgen: found(lock, /name = "wasm-bindgen"\nversion = "([\d.]+)"/, "wasm-bindgen in Cargo.lock"),
  wasmPack: "0.15.1",
  geckodriver: "0.37.1",
};

/** Whether dotted version `a` is at least `b`. */
export function atLeast(a, b) {
  const [left, right] = [a, b].map((v) => v.split(".").map(Number));
  for (let i = 0; i < right.length; i += 1) {
    if ((left[i] ?? 0) !== right[i]) return (left[i] ?? 0) > right[i];
  }
  return true;
}
