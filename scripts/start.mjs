// npm start: from a fresh clone to a running demo. Arguments after `--` go to the server:
//   npm start -- --listen 127.0.0.1:9000
import { prepare } from "./prerequisites.mjs";
import { at, serverBinary } from "./project.mjs";
import { Failure, main, say, seconds, start } from "./run.mjs";

const GRACE_MS = 3000;

// npm passes Ctrl-C on, but may be ended in ways that it does not pass on.
function whenOrphaned(act) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    act();
  }, 500);
  watch.unref();
}

/** Runs the server until it ends or we are told to stop. */
function serve(args) {
  return new Promise((resolve, reject) => {
    const server = start(serverBinary, ["--www", at("dist", "www"), ...args]);
    let stopping = false;
    const stop = () => {
      stopping = true;
      setTimeout(() => server.kill("SIGKILL"), GRACE_MS).unref();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, stop);
    whenOrphaned(() => process.kill(process.pid, "SIGTERM"));
    server.once("error", (error) => reject(new Failure(`the server does not start: ${error.message}`)));
    server.once("exit", (code, signal) => {
      if (stopping || code === 0) resolve();
      else reject(new Failure(`the server ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

await main(async () => {
  const since = performance.now();
  const { buildAll } = await prepare();
  await buildAll();
  say(`built after ${seconds(since)}; Ctrl-C ends the server`);
  await serve(process.argv.slice(2));
});
