// The report must not flatter: what is missing, failing, ignored, doubled or misplaced is called so.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { asJson, asMarkdown, caseOf, count, isComplete, judge, readCases, readRules } from "../../scripts/matrix.mjs";
import { readLibtest, readTap } from "../../scripts/results.mjs";
import { at } from "../../scripts/project.mjs";

const CASES = readCases([
  "# id\trole\tsuites\trule\trfc\ttitle",
  "## Numbers",
  "P-001\tUAC\tuac\tA1\t3262 4\tthe first",
  "P-002\tboth\tuac; uas\tA1; A2\t3262 3; 5407 E\tof both | roles",
].join("\n"));
const passed = (suite, name) => ({ suite, test: name, outcome: "passed" });
const failed = (suite, name) => ({ suite, test: name, outcome: "failed" });
const ignored = (suite, name) => ({ suite, test: name, outcome: "ignored" });
const whole = [passed("uac", "a::p_001_x"), passed("uac", "p_002_y"), passed("uas", "b::p_002_z")];
const resultsOf = (results) => judge(CASES, results).rows.map(({ result }) => result);

test("all is well when each case has its one test in each suite", () => {
  const judged = judge(CASES, [...whole, passed("uac", "a::unnumbered"), passed("js", "P-less")]);
  assert.deepEqual(judged.rows.map(({ result }) => result), ["passed", "passed"]);
  assert.ok(isComplete(judged));
  assert.deepEqual(count(judged.rows), { cases: 2, passed: 2, missing: 0, ignored: 0, misplaced: 0, doubled: 0, failed: 0 });
});

test("a case of both roles needs a test in each", () => {
  const judged = judge(CASES, whole.slice(0, 2));
  assert.deepEqual(judged.rows.map(({ result, wanting }) => [result, wanting]), [["passed", []], ["missing", ["uas"]]]);
  assert.ok(!isComplete(judged));
});

test("whatever is wrong is called so, and the worst prevails", () => {
  const table = [
    [[], ["missing", "missing"]],
    [[...whole, passed("uac", "b::p_001_again")], ["doubled", "passed"]],
    [[...whole, passed("uas", "p_001_elsewhere")], ["misplaced", "passed"]],
    [[passed("uas", "p_001_elsewhere"), ...whole.slice(1)], ["misplaced", "passed"]],
    [[ignored("uac", "p_001_x"), ...whole.slice(1)], ["ignored", "passed"]],
    [[failed("uac", "p_001_x"), ...whole.slice(1)], ["failed", "passed"]],
    [[...whole, failed("uac", "p_001_again")], ["failed", "passed"]],
    [[...whole, failed("uas", "p_001_elsewhere")], ["failed", "passed"]],
    [[whole[0], failed("uac", "p_002_y")], ["passed", "failed"]],
    [[whole[0], ignored("uac", "p_002_y"), whole[2]], ["passed", "ignored"]],
  ];
  for (const [results, expected] of table) {
    assert.deepEqual(resultsOf(results), expected, JSON.stringify(results));
    assert.ok(!isComplete(judge(CASES, results)));
  }
});

test("a number that no case has is told", () => {
  const judged = judge(CASES, [...whole, passed("uac", "p_900_what")]);
  assert.deepEqual(judged.unknown, [{ suite: "uac", test: "p_900_what" }]);
  assert.ok(!isComplete(judged));
  assert.match(asMarkdown(judged, new Map()), /`p_900_what` bears the number of no case/);
});

test("only the number at the beginning of a name counts", () => {
  assert.equal(caseOf("provisional::p_020_the_prack"), "P-020");
  assert.equal(caseOf("P-151 a listener throws"), "P-151");
  for (const name of ["p_20_x", "p_0200_x", "forks::p_x", "stop_020_x", "sup_020_x", "P-1510", "see P-151", "after_p_020_x"]) {
    assert.equal(caseOf(name), undefined, name);
  }
  assert.equal(caseOf("p_049_p_149_x"), "P-049");
});

test("cargo's output gives each test its suite and outcome", () => {
  const stderr = [
    "   Compiling prackle v0.1.0",
    "     Running unittests src/lib.rs (target/debug/deps/prackle-0123456789abcdef)",
    "\x1b[1m\x1b[32m     Running\x1b[0m tests/uac/main.rs (target\\debug\\deps\\uac-0123456789abcdef.exe)",
    "     Running tests/uas/main.rs (target/debug/deps/uas-0123456789abcdef)",
    "   Doc-tests prackle",
  ].join("\n");
  const stdout = [
    "\nrunning 1 test\ntest time::tests::p ... ok\n\ntest result: ok. 1 passed",
    "\nrunning 3 tests\ntest a::p_001_x ... ok\ntest a::p_002_y ... FAILED\ntest p_003_z ... ignored, because\n",
    "failures:\n\n---- a::p_002_y stdout ----\nthread panicked\n\ntest result: FAILED. 1 passed",
    "\nrunning 1 test\ntest p_004_w - should panic ... ok\n",
    "\nrunning 1 test\ntest src/lib.rs - (line 3) ... ok\n",
  ].join("\n");
  assert.deepEqual(readLibtest(stdout, stderr), [
    passed("prackle", "time::tests::p"),
    passed("uac", "a::p_001_x"),
    failed("uac", "a::p_002_y"),
    ignored("uac", "p_003_z"),
    passed("uas", "p_004_w"),
  ]);
  assert.throws(() => readLibtest("running 1 test\ntest a ... ok\n", stderr), /3 test binaries ran, but 1 told/);
});

test("a test whose binary dies is not told, and so its case is missing", () => {
  const stderr = "     Running tests/uac/main.rs (target/debug/deps/uac-0123456789abcdef)\n";
  const results = readLibtest("running 2 tests\ntest p_001_x ... ok\ntest p_002_y ... ", stderr);
  assert.deepEqual(resultsOf(results), ["passed", "missing"]);
});

test("node's output gives each test its outcome", () => {
  const tap = [
    "TAP version 13", "# Subtest: P-151 throws # twice", "    # Subtest: inner", "    not ok 1 - inner", "ok 1 - P-151 throws",
    "not ok 2 - other", "ok 3 - left # SKIP", "ok 4 - later # TODO soon", "1..4", "# pass 1",
  ].join("\n");
  const told = [failed("js", "inner"), passed("js", "P-151 throws"), failed("js", "other"), ignored("js", "left"), ignored("js", "later")];
  assert.deepEqual(readTap("js", tap), told);
});

test("both reports tell the same", () => {
  const judged = judge(CASES, [...whole.slice(1), failed("uac", "p_001_x")]);
  const markdown = asMarkdown(judged, new Map([["A1", "one"], ["A2", "two"], ["A9", "unused"]]));
  assert.match(markdown, /\*\*2 cases: 1 passed, 1 failed\.\*\*/);
  assert.match(markdown, /\| P-001 \| UAC \| the first \| A1 \| \[3262 §4\]\(https:\/\/www\.rfc-editor\.org\/rfc\/rfc3262#section-4\) \| `uac::p_001_x` \(failed\) \| \*\*failed\*\* \|/);
  assert.match(markdown, /\| of both \\\| roles \| A1, A2 \|.*#appendix-E.*\| `uac::p_002_y`<br>`uas::b::p_002_z` \| passed \|/);
  assert.ok(markdown.includes("| A1 | one |") && !markdown.includes("unused"));
  const json = JSON.parse(asJson(judged));
  assert.deepEqual(json.cases.map(({ id, result }) => [id, result]), [["P-001", "failed"], ["P-002", "passed"]]);
});

test("the matrix is whole: every number once, every rule explained", () => {
  const read = (name) => readFileSync(at("tests", "conformance", name), "utf8");
  const cases = readCases(read("cases.tsv"));
  assert.deepEqual(cases.map(({ id }) => id), cases.map((_, index) => `P-${String(index + 1).padStart(3, "0")}`));
  const rules = readRules(read("rules.tsv"));
  const used = new Set(cases.flatMap(({ rule }) => rule));
  assert.deepEqual([...used].sort(), [...rules.keys()].sort());
});
