// What the benches say of their figures: a wrong median or a flattering "yes" would not be seen in a run.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { goalTable } from "../../benches/run/goals.mjs";
import { meanOf, median, quantile, ratio, summary } from "../../benches/run/statistics.mjs";
import { barChart, storm } from "../../benches/run/svg.mjs";
import { figure, table } from "../../benches/run/text.mjs";
import { at } from "../../scripts/project.mjs";

test("a profile of what has none is refused", () => {
  for (const names of [["parse"], ["calls", "parse"]]) {
    const { status, stderr } = spawnSync(process.execPath, [at("benches", "run", "main.mjs"), "--profile", ...names], { encoding: "utf8", timeout: 10_000 });
    assert.equal(status, 1);
    assert.match(stderr, /--profile goes with calls, or with no name/);
  }
});

test("medians and quartiles of an odd and an even number of rounds", () => {
  assert.equal(median([30, 10, 20]), 20);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(quantile([1, 2, 3, 4, 5], 0.25), 2);
  assert.deepEqual(summary([5, 1, 3, 2, 4]), { median: 3, low: 2, high: 4 });
});

test("a ratio is taken round by round, so that a slow moment of the machine leaves it alone", () => {
  assert.equal(ratio([10, 100, 10], [1, 10, 1]), 10);
  assert.equal(ratio([10, 10, 10], [1, 10, 1]), 10);
});

test("a mean over kinds is taken round by round", () => {
  assert.deepEqual(meanOf({ ack: [1, 2], bye: [3, 4], prack: [100, 100] }, ["ack", "bye"]), [2, 3]);
});

test("figures have the digits that say something", () => {
  assert.deepEqual([0.12345, 1.2345, 12.345, 1234.5, undefined].map(figure), ["0.12", "1.23", "12.3", "1,235", "-"]);
});

test("a table is Markdown", () => {
  assert.equal(table({ title: "T", columns: ["a", "b"], rows: [["x", 10]] }), "T\n\n| a |  b |\n|---|---:|\n| x | 10 |\n");
});

test("a goal is reached only where every value keeps to it", async () => {
  const startup = (values) => ({ startup: Object.fromEntries(values.map((value, at) => [at, { Prackle: [value], JsSIP: [100], "SIP.js": [200] }])) });
  const reached = async (sections) => (await goalTable(sections)).rows.map((row) => row.at(-1));
  assert.deepEqual(await reached(startup([100, 90])), ["yes"]);
  assert.deepEqual(await reached(startup([90, 101])), ["no"], "the faster of the two is the measure, and one network is enough");
  const storming = (arrivals) => ({ storm: { agents: 40, arrivals } });
  assert.deepEqual([await reached(storming([10, 10, 20])), await reached(storming([1, 1, 1, 37]))], [["yes"], ["no"]]);
});

test("parsers are compared with parsers, and all that one does with all that another does", async () => {
  const kinds = ["invite", "progress", "ringing", "ok", "prack", "ack", "bye", "registered"];
  const columns = (whole, alone) => Object.fromEntries(kinds.flatMap((kind) => [[kind, [whole]], [`alone:${kind}`, [alone]]]));
  const { prack: _, ...jssip } = columns(900, 500);
  const whole = { Prackle: columns(100, 5), JsSIP: jssip, "SIP.js": columns(5000, 4000), floor: columns(1, 1) };
  const { rows } = await goalTable({ parse: { Node: { whole, cold: {} } } });
  assert.deepEqual(rows.map(([, , measured]) => measured), ["100 x (Node)", "9 x (Node)", "800 x (Node)", "50 x (Node)"]);
});

test("the pictures hold what they are given, and nothing that breaks XML", () => {
  const bars = barChart("A & B", [{ title: "x < y", unit: "µs", bars: [["Prackle", 1], ["JsSIP", undefined]] }]);
  assert.match(bars, /<title>A &amp; B<\/title>/);
  assert.match(bars, /x &lt; y/);
  assert.match(bars, /has none/);
  assert.equal(storm({ agents: 30, arrivals: [10, 20, 0] }, 3).match(/<rect/g).length, 3);
});
