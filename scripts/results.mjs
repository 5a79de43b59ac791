// What tests have shown, read from the output of cargo and node, and kept for those who want
// to know without running them again.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { digest } from "./fresh.mjs";
import { at, target } from "./project.mjs";
import { Failure, node, tee } from "./run.mjs";

const folder = join(target, "test-results");
const sources = ["Cargo.toml", "Cargo.lock", "package-lock.json", "src", "server", "js", "tests"].map((name) => at(name));

/** Runs `cargo test` and keeps what it shows as `part`; tells the failure if a test failed, throws if none ran. */
export async function cargoTests(part, args) {
  const { failure, stdout, stderr } = await tee("cargo", ["test", "--workspace", "--locked", "--no-fail-fast", ...args]);
  return keep(part, readLibtest(stdout, stderr), failure);
}

/** Runs node's tests in `files`, and keeps what they show as those of `suite`; tells and throws as `cargoTests`. */
export async function nodeTests(suite, files, { options = [], env = {} } = {}) {
  if (files.length === 0) throw new Failure("there are no such tests");
  mkdirSync(folder, { recursive: true });
  const tap = join(folder, `${suite}.tap`);
  rmSync(tap, { force: true });
  const reporters = ["--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=tap", `--test-reporter-destination=${tap}`];
  const failure = await node(["--test", ...reporters, ...options, ...files], { env }).then(() => undefined, (error) => error);
  return keep(suite, existsSync(tap) ? readTap(suite, readFileSync(tap, "utf8")) : [], failure);
}

/**
 * The tests in the output of `cargo test`. Cargo names the binaries on one stream, in the order in
 * which they write to the other.
 */
export function readLibtest(stdout, stderr) {
  const binaries = [...plain(stderr).matchAll(/^ +Running .*\((.+)\)$/gm)].map(([, path]) => suiteOf(path));
  const outputs = plain(stdout).split(/^running \d+ tests?$/m).slice(1);
  // The tests in the documentation come last, and are nobody's binary.
  if (outputs.length < binaries.length) throw new Failure(`${binaries.length} test binaries ran, but ${outputs.length} told their tests`);
  return binaries.flatMap((suite, index) => {
    const lines = outputs[index].matchAll(/^test (\S+)(?: - should panic)? \.\.\. (ok|FAILED|ignored)/gm);
    return [...lines].map(([, test, word]) => ({ suite, test, outcome: OUTCOMES[word] }));
  });
}

/** The tests in TAP, as node writes it, nested ones included. */
export function readTap(suite, text) {
  const lines = text.matchAll(/^ *(not )?ok \d+ - (.*?)(?: # (SKIP|TODO).*)?\r?$/gm);
  return [...lines].map(([, not, test, skipped]) => {
    const outcome = skipped !== undefined ? "ignored" : not !== undefined ? "failed" : "passed";
    return { suite, test, outcome };
  });
}

/** What is known of the present sources, of these parts. */
export function kept(parts) {
  const wanted = digest(sources);
  return parts.flatMap((part) => {
    const file = join(folder, `${part}.json`);
    if (!existsSync(file)) throw new Failure(`no results of "${part}": run npm test first`);
    const { sources: of, results } = JSON.parse(readFileSync(file, "utf8"));
    if (of !== wanted) throw new Failure(`the results of "${part}" are those of other sources: run npm test first`);
    return results;
  });
}

function keep(part, results, failure) {
  if (failure !== undefined && results.length === 0) throw failure;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${part}.json`), JSON.stringify({ sources: digest(sources), results }));
  return failure;
}

// target/debug/deps/uac-a6e35cfedef510d6: cargo's name for the binary of the suite "uac".
const suiteOf = (path) => basename(path.replaceAll("\\", "/")).replace(/\.exe$/, "").replace(/-[0-9a-f]{16}$/, "");
const plain = (text) => text.replaceAll(/\x1b\[[0-9;]*m/g, "").replaceAll("\r\n", "\n");
const OUTCOMES = { ok: "passed", FAILED: "failed", ignored: "ignored" };
