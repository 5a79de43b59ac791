// Whether a build step can be skipped: its inputs are the same, byte for byte, as when it
// last succeeded, and its outputs exist.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root, target } from "./project.mjs";

/** All files at or below the paths, in a fixed order. */
export function filesOf(paths) {
  const walk = (path) => {
    if (!existsSync(path)) return [];
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path).sort().flatMap((name) => walk(join(path, name)));
  };
  return paths.flatMap(walk);
}

/** One value for the content of all files at or below the paths. */
export function digest(inputs) {
  const hash = createHash("sha256");
  for (const file of filesOf(inputs)) hash.update(relative(root, file)).update("\0").update(readFileSync(file));
  return hash.digest("hex");
}

/** Runs `work` unless nothing has changed since it last succeeded; tells whether it ran. */
export async function unlessFresh({ name, inputs, outputs }, work) {
  const stamp = join(target, "stamps", name);
  const wanted = digest(inputs);
  const fresh = existsSync(stamp) && readFileSync(stamp, "utf8") === wanted && outputs.every((file) => existsSync(file));
  if (fresh) return false;
  rmSync(stamp, { force: true });
  await work();
  mkdirSync(join(target, "stamps"), { recursive: true });
  writeFileSync(stamp, wanted);
  return true;
}
