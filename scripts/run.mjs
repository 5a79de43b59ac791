// Running other programs: their output is the progress that the user sees; a failure ends
// in one line; a signal that ends us ends them.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { exe, root, tools, windows } from "./project.mjs";

/** Something went wrong that one line explains; no stack is shown. */
export class Failure extends Error {}

const bold = (text) => (process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text);
const children = new Set();

// Programs of ours come first; cargo's own folder comes last, for a shell that was opened before rustup ran.
const home = process.env.CARGO_HOME ?? join(process.env.HOME ?? process.env.USERPROFILE ?? "", ".cargo");
process.env.PATH = [join(tools, "bin"), process.env.PATH, join(home, "bin")].join(delimiter);

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    for (const child of children) child.kill(signal);
    if (children.size === 0) process.exit(128 + (signal === "SIGINT" ? 2 : 15));
  });
}
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** Starts a program in the project's folder. It is ended when we are. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: "inherit", ...options, env: { ...process.env, ...options.env } });
  children.add(child);
  const done = () => children.delete(child);
  child.once("exit", done).once("error", done);
  return child;
}

/** Runs a program to its end; throws a Failure unless that is exit code 0. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = start(command, args, options);
    const shown = [command, ...args].join(" ");
    child.once("error", (error) => reject(new Failure(`${shown}: ${error.message}`)));
    child.once("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Failure(`${shown}: ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** Runs a program to its end, shows what it prints, and tells it; a failure is told as well, not thrown. */
export function tee(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = start(command, args, { ...options, stdio: ["inherit", "pipe", "pipe"] });
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) {
      child[name].setEncoding("utf8").on("data", (text) => {
        texts[name] += text;
        process[name].write(text);
      });
    }
    const ended = (why) => resolve({ ...texts, failure: why === undefined ? undefined : new Failure(`${[command, ...args].join(" ")}: ${why}`) });
    child.once("error", (error) => ended(error.message));
    child.once("close", (code, signal) => ended(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`));
  });
}

/** Runs a script of node, or of a package in node_modules. */
export const node = (args, options) => run(process.execPath, args, options);

/** Runs npm, the same that runs us if one does. */
export function npm(args) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith(".js")) return node([cli, ...args]);
  return run(windows ? "npm.cmd" : "npm", args, { shell: windows });
}

/** The first line that a program prints, or undefined when it cannot be run. */
export function output(command, args) {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return result.status === 0 ? result.stdout.trim().split("\n")[0] : undefined;
}

/** Where a program is on PATH, or undefined. */
export function which(name) {
  return process.env.PATH.split(delimiter)
    .map((folder) => join(folder, name + exe))
    .find((file) => existsSync(file));
}

/** Says what is being done, and how long it may take. */
export function say(text) {
  console.log(`${bold("prackle")} ${text}`);
}

/** Seconds since `since`, to be read by a person. */
export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/** Runs the main function of a script; a Failure becomes one line and exit code 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(`${bold("prackle")} ${error.message}`);
    process.exitCode = 1;
  }
}
