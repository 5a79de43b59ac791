// The conformance matrix: what tests/conformance lists, judged by what tests have shown.
// Knows files and processes only as text that others have read.

/** The lines of a table: fields by name, headings kept as `heading`. */
function table(text, columns) {
  let heading = "";
  return text.split("\n").flatMap((line) => {
    if (line.startsWith("## ")) heading = line.slice(3);
    if (line === "" || line.startsWith("#")) return [];
    const fields = line.split("\t");
    if (fields.length !== columns.length) throw new Error(`not ${columns.length} fields: ${line}`);
    return [{ heading, ...Object.fromEntries(columns.map((name, index) => [name, fields[index]])) }];
  });
}

const list = (field) => field.split("; ");

/** The cases of tests/conformance/cases.tsv. */
export function readCases(text) {
  const rows = table(text, ["id", "role", "suites", "rule", "rfc", "title"]);
  return rows.map((row) => ({ ...row, suites: list(row.suites), rule: list(row.rule), rfc: list(row.rfc) }));
}

/** The meaning of each rule in tests/conformance/rules.tsv. */
export function readRules(text) {
  return new Map(table(text, ["rule", "meaning"]).map(({ rule, meaning }) => [rule, meaning]));
}

/** The case that a test is named after, if any: p_020_... in Rust, "P-020 ..." in JavaScript. */
export function caseOf(name) {
  const match = /^(?:.*::)?p_(\d{3})(?:_|$)/.exec(name) ?? /^P-(\d{3})\b/.exec(name);
  return match === null ? undefined : `P-${match[1]}`;
}

// Worst first: what a case is called when its tests disagree.
const GRADES = ["failed", "doubled", "misplaced", "ignored", "missing", "passed"];
const worst = (grades) => GRADES.find((grade) => grades.includes(grade));

function grade(tests) {
  if (tests.length === 0) return "missing";
  if (tests.some(({ outcome }) => outcome === "failed")) return "failed";
  return tests.length > 1 ? "doubled" : tests[0].outcome;
}

/**
 * Judges every case by `results`, each `{ suite, test, outcome }` with the outcome passed, failed
 * or ignored. A case has passed only if exactly one test bears its number in each suite where it
 * is wanted, none elsewhere, and all passed.
 */
export function judge(cases, results) {
  const numbered = results.map((result) => ({ ...result, id: caseOf(result.test) })).filter(({ id }) => id !== undefined);
  const rows = cases.map((row) => {
    const own = numbered.filter(({ id }) => id === row.id);
    const grades = row.suites.map((suite) => grade(own.filter((test) => test.suite === suite)));
    const elsewhere = own.filter((test) => !row.suites.includes(test.suite));
    if (elsewhere.length > 0) grades.push(grade(elsewhere) === "failed" ? "failed" : "misplaced");
    const tests = own.map(({ suite, test, outcome }) => ({ suite, test, outcome }));
    const wanting = row.suites.filter((suite) => !own.some((test) => test.suite === suite));
    return { ...row, tests, wanting, result: worst(grades) };
  });
  const known = new Set(cases.map(({ id }) => id));
  const unknown = numbered.filter(({ id }) => !known.has(id)).map(({ suite, test }) => ({ suite, test }));
  return { rows, unknown };
}

/** How many cases there are of each result. */
export function count(rows) {
  const of = (result) => rows.filter((row) => row.result === result).length;
  return { cases: rows.length, ...Object.fromEntries(GRADES.toReversed().map((result) => [result, of(result)])) };
}

/** Whether nothing is left to wish for. */
export function isComplete({ rows, unknown }) {
  return unknown.length === 0 && rows.every(({ result }) => result === "passed");
}

/** The report for programs, a case a line. */
export function asJson({ rows, unknown }) {
  const lines = rows.map(({ id, role, rule, rfc, title, tests, result }) => JSON.stringify({ id, role, rule, rfc, title, tests, result }));
  const [summary, strays] = [count(rows), unknown].map((value) => JSON.stringify(value));
  return `{"summary":${summary},"unknown":${strays},"cases":[\n${lines.join(",\n")}\n]}\n`;
}

/** The report for people. */
export function asMarkdown({ rows, unknown }, rules) {
  const headings = [...new Set(rows.map(({ heading }) => heading))];
  const sections = headings.map((heading) => section(heading, rows.filter((row) => row.heading === heading)));
  const used = new Set(rows.flatMap(({ rule }) => rule));
  const legend = [...rules].filter(([rule]) => used.has(rule)).map(([rule, meaning]) => `| ${rule} | ${escaped(meaning)} |`);
  const strays = unknown.map(({ suite, test }) => `- \`${suite}\`: \`${test}\` bears the number of no case`);
  return [
    PREFACE,
    "",
    summary(rows),
    "",
    ...(strays.length > 0 ? [...strays, ""] : []),
    ...sections,
    "## The rules",
    "",
    "| rule | what it says |",
    "|---|---|",
    ...legend,
    "",
  ].join("\n");
}

const PREFACE = `# Conformance

What Prackle does about reliable provisional responses, case by case, and the test that shows it.
Written by \`npm run conformance\`, which runs these tests; \`npm run conformance -- --check\` says whether
this file still tells what the last \`npm test\` has shown. For programs: [conformance.json](conformance.json).

A case has passed when exactly one test bears its number in the tests of its role, and has passed;
a case of both roles needs one in each. A caller is a UAC, a callee a UAS.`;

function summary(rows) {
  const { cases, ...counts } = count(rows);
  const shown = Object.entries(counts).filter(([, number]) => number > 0);
  return `**${cases} cases: ${shown.map(([result, number]) => `${number} ${result}`).join(", ")}.**`;
}

function section(heading, rows) {
  return [`## ${heading}`, "", "| case | role | what | rule | RFC | test | result |", "|---|---|---|---|---|---|---|", ...rows.map(line), ""].join("\n");
}

function line(row) {
  const tests = row.tests.map(({ suite, test, outcome }) => `\`${suite}::${test}\`${outcome === "passed" ? "" : ` (${outcome})`}`);
  const wanting = row.wanting.map((suite) => `none in \`${suite}\``);
  const result = row.result === "passed" ? "passed" : `**${row.result}**`;
  const cells = [row.id, row.role, row.title, row.rule.join(", "), row.rfc.map(link).join(", "), [...tests, ...wanting].join("<br>"), result];
  return `| ${cells.map(escaped).join(" | ")} |`;
}

function link(reference) {
  const [rfc, place] = reference.split(" ");
  const anchor = /^[A-Z]/.test(place) ? `appendix-${place}` : `section-${place}`;
  return `[${rfc} §${place}](https://www.rfc-editor.org/rfc/rfc${rfc}#${anchor})`;
}

const escaped = (text) => text.replaceAll("|", "\\|");
