// Keeps the figures of a run: docs/bench.json, the tables in docs/performance.md, two sentences in
// the README, and the pictures.
// Sections that were not measured this time stay as they were.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { at } from "../../scripts/project.mjs";
import { Failure, say } from "../../scripts/run.mjs";
import { goalTable } from "./goals.mjs";
import { barChart, storm } from "./svg.mjs";
import { figure, table } from "./text.mjs";

const ORDER = ["parse", "react", "calls", "memory", "startup", "size", "storm"];
const BEGIN = "<!-- figures: written by `npm run bench -- --write` -->\n";
const END = "<!-- end of the figures -->";
const THEIRS = "JsSIP 3.13.8 and SIP.js 0.21.2";

/** Writes what was measured into docs/. */
export async function publish(machine, measured) {
  const sections = merged(measured, machine);
  writeFileSync(at("docs", "bench.json"), `${JSON.stringify(sections, brief)}\n`);
  const data = Object.fromEntries(Object.entries(sections).map(([name, section]) => [name, section.data]));
  const modules = await Promise.all(Object.keys(data).map(async (name) => [name, await import(`../sections/${name}.mjs`)]));
  const tables = modules.flatMap(([name, section]) => section.tables(data[name])).map((one) => table({ ...one, title: `**${one.title}**` }));
  const goals = table(await goalTable(data)).replace("The goals", "**The goals**");
  insert(at("docs", "performance.md"), `\n${whereOf(sections)}\n${[goals, ...tables].join("\n")}\n`);
  const charts = modules.flatMap(([name, section]) => section.chart(data[name]));
  insert(at("README.md"), inWords(charts));
  writeFileSync(at("docs", "bench.svg"), barChart(`Prackle beside ${THEIRS}, measured in one run`, charts));
  if (data.storm !== undefined) writeFileSync(at("docs", "storm.svg"), storm(data.storm, 3));
  say("written: docs/bench.json, docs/bench.svg, docs/storm.svg, docs/performance.md, README.md");
}

function merged(measured, machine) {
  const file = at("docs", "bench.json");
  const known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const fresh = Object.fromEntries(Object.entries(measured).map(([name, data]) => [name, { machine, data }]));
  const all = { ...known, ...fresh };
  return Object.fromEntries(ORDER.filter((name) => name in all).map((name) => [name, all[name]]));
}

const brief = (_, value) => (typeof value === "number" ? Number(value.toPrecision(4)) : value);

function whereOf(sections) {
  const { machine } = sections.parse ?? Object.values(sections)[0];
  return `Node ${machine.node}, Chromium ${machine.chromium}, ${machine.cores} cores (${machine.cpu}).\n`;
}

/** The first and the last of the charts in a sentence each. */
function inWords(charts) {
  const [first, last] = [charts[0], charts.at(-1)].map(({ title, unit, bars }) => {
    const [[, ours], [, jssip], [, sipjs]] = bars;
    return `${title}: ${figure(ours)} ${unit} (JsSIP ${figure(jssip)}, SIP.js ${figure(sipjs)}).`;
  });
  return `${first}\n${last}\n`;
}

function insert(file, text) {
  const page = readFileSync(file, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Failure(`${file} has no place for the figures`);
  writeFileSync(file, `${page.slice(0, begin)}${BEGIN}${text}${page.slice(end)}`);
}
