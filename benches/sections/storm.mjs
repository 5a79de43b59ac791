// 100,000 user agents of the native core whose one server is gone for 30 s (benches/storm.rs).
import { Failure, tee } from "../../scripts/run.mjs";
import { figure, times } from "../run/text.mjs";

export async function measure({ options: { agents, isBrief } }) {
  // A debug build is there already when tests were run, and quick enough for a few.
  const args = isBrief ? ["test", "--locked", "--bench", "storm", "--", "--bench"] : ["bench", "--locked", "--bench", "storm"];
  const { stdout, failure } = await tee("cargo", args, { env: { PRACKLE_STORM_AGENTS: String(agents) } });
  const arrivals = Array.from(stdout.matchAll(/^ *\d+ s +(\d+)/gm), ([, count]) => Number(count));
  if (failure !== undefined || arrivals.length === 0) throw failure ?? new Failure("the storm told nothing");
  return { agents, arrivals };
}

const mean = ({ agents, arrivals }) => agents / arrivals.length;
const peak = ({ arrivals }) => Math.max(...arrivals);

export function tables(data) {
  return [{
    title: `${figure(data.agents)} agents, their one server gone for 30 s: REGISTERs a second since it is back`,
    columns: ["all registered after", "mean", "peak", "peak / mean"],
    rows: [[`${data.arrivals.length} s`, figure(mean(data)), figure(peak(data)), times(peak(data) / mean(data))]],
  }];
}

export function goals(data) {
  return [{ what: "registration storm: peak arrivals in a second, against the mean", goal: 3, values: { native: peak(data) / mean(data) }, atLeast: false, show: times }];
}

export const chart = () => [];
