// npm run soak: thousands of seeded runs of user agents against each other, directly and over
// the server, and a million mutated frames, in a build that is fast and checks everything.
//   npm run soak -- 100000   plays more than the ten thousand of either
import { Failure, main, run, say, seconds } from "./run.mjs";

const SUITES = [
  ["-p", "prackle", "--test", "pair"],
  ["-p", "prackle-server", "--test", "interleavings"],
];

await main(async () => {
  const runs = process.argv[2] ?? "10000";
  if (!/^[1-9]\d*$/.test(runs)) throw new Failure(`not a number of runs: ${runs}`);
  const cargo = (args, env) => run("cargo", ["test", "--profile", "soak", "--locked", ...args], { env });
  say("building for many runs (some minutes the first time)");
  for (const suite of SUITES) await cargo([...suite, "--no-run"]);
  for (const suite of SUITES) {
    const since = performance.now();
    await cargo([...suite, "random"], { PRACKLE_SEEDS: runs });
    say(`${runs} runs of ${suite.at(-1)} in ${seconds(since)}`);
  }
});
