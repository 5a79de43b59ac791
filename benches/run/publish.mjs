// Keeps the figures of a run: docs/bench.json, the tables in docs/performance.md, and the pictures.
// Sections that were not measured this time stay as they were.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { at } from "../../scripts/project.mjs";
import { Failure, say } from "../../scripts/run.mjs";
import { goalTable } from "./goals.mjs";
import { barChart, storm } from "./svg.mjs";
import { table } from "./text.mjs";

const ORDER = ["parse", "react", "calls", "memory", "startup", "size", "storm"];
const BEGIN = "<!-- figures: written by `npm run bench -- --write` -->\n";
const END = "<!-- end of the figures -->";

/** Writes what was measured into docs/. */
export async function publish(machine, measured) {
  const sections = merged(measured, machine);
  writeFileSync(at("docs", "bench.json"), `${JSON.stringify(sections, brief)}\n`);
  const data = Object.fromEntries(Object.entries(sections).map(([name, section]) => [name, section.data]));
  const modules = await Promise.all(Object.keys(data).map(async (name) => [name, await import(`../sections/${name}.mjs`)]));
  const tables = modules.flatMap(([name, section]) => section.tables(data[name])).map((one) => table({ ...one, title: `**${one.title}**` }));
  const goals = table(await goalTable(data)).replace("The goals", "**The goals**");
  insert([goals, ...tables].join("\n"), sections);
  const charts = modules.flatMap(([name, section]) => section.chart(data[name]));
  writeFileSync(at("docs", "bench.svg"), barChart("Prackle beside JsSIP and SIP.js, measured in one run", charts));
  if (data.storm !== undefined) writeFileSync(at("docs", "storm.svg"), storm(data.storm, 3));
  say("written: docs/bench.json, docs/bench.svg, docs/storm.svg, docs/performance.md");
}

function merged(measured, machine) {
  const file = at("docs", "bench.json");
  const known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const fresh = Object.fromEntries(Object.entries(measured).map(([name, data]) => [name, { machine, data }]));
  const all = { ...known, ...fresh };
  return Object.fromEntries(ORDER.filter((name) => name in all).map((name) => [name, all[name]]));
}

const brief = (_, value) => (typeof value === "number" ? Number(value.toPrecision(4)) : value);

function insert(text, sections) {
  const file = at("docs", "performance.md");
  const page = readFileSync(file, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Failure("docs/performance.md has no place for the figures");
  const { machine } = sections.parse ?? Object.values(sections)[0];
  const where = `Node ${machine.node}, Chromium ${machine.chromium}, ${machine.cores} cores (${machine.cpu}).\n`;
  writeFileSync(file, `${page.slice(0, begin)}${BEGIN}\n${where}\n${text}\n${page.slice(end)}`);
}
