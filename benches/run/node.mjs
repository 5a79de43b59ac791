// A measurement in a process of Node of its own.
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { getHeapCodeStatistics } from "node:v8";
import { at } from "../../scripts/project.mjs";
import { Failure } from "../../scripts/run.mjs";

const self = fileURLToPath(import.meta.url);

/** Runs a measurement with these clients, to the end of the process; `bundle` is the harness. */
export function inNode(bundle, name, clients, options, { flags = [], wasm = at("dist", "prackle.wasm") } = {}) {
  return new Promise((resolve, reject) => {
    const child = fork(self, [bundle, wasm, name, clients.join(), JSON.stringify(options)], { execArgv: ["--expose-gc", ...flags] });
    let result;
    child.once("message", (message) => { result = message; });
    child.once("exit", (code) => {
      if (result === undefined) reject(new Failure(`${name} (${clients}) ended with exit code ${code}`));
      else resolve(result);
    });
  });
}

if (process.send !== undefined && process.argv[1] === self) {
  const [bundle, wasm, name, clients, options] = process.argv.slice(2);
  globalThis.compiledCode = () => getHeapCodeStatistics().code_and_metadata_size;
  const { prepare, measure, lastThings } = await import(bundle);
  let done = false;
  // A message that never comes leaves nothing to do, and ends the process.
  process.once("exit", () => {
    if (!done) console.error(`waiting in vain after\n${lastThings().map((text) => `  ${text.split("\r\n")[0]}`).join("\n")}`);
  });
  await prepare(readFileSync(wasm));
  const result = await measure(name, clients.split(","), JSON.parse(options));
  done = true;
  process.send(result, () => process.disconnect());
}
