// A measurement in a process of Node of its own.
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { at } from "../../scripts/project.mjs";
import { Failure } from "../../scripts/run.mjs";

const self = fileURLToPath(import.meta.url);

/** Runs a measurement with these clients; `bundle` is the harness. */
export function inNode(bundle, name, clients, options) {
  return new Promise((resolve, reject) => {
    const child = fork(self, [bundle, name, clients.join(), JSON.stringify(options)], {
      execArgv: ["--expose-gc", ...(process.env.PRACKLE_CPU_PROFILE ? ["--cpu-prof", `--cpu-prof-dir=${process.env.PRACKLE_CPU_PROFILE}`] : [])],
    });
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Failure(`${name} (${clients}) ended with exit code ${code}`)));
  });
}

if (process.send !== undefined && process.argv[1] === self) {
  const [bundle, name, clients, options] = process.argv.slice(2);
  const { prepare, measure } = await import(bundle);
  await prepare(readFileSync(at("dist", "prackle.wasm")));
  process.send(await measure(name, clients.split(","), JSON.parse(options)), () => process.disconnect());
}
