/** Plays examples, each as a test, and sees to it that none is left out. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Example } from "./extract.js";
import { Stage } from "./stage.js";
import type { Scenario } from "./stage.js";

/** How each example is played, by its name. */
export type Scenarios = Readonly<Record<string, Scenario>>;

/** An example that waits for something that does not come fails. */
const TIMEOUT_MS = 30_000;

/** Plays each example by the scenario of its name. */
export function play(examples: Example[], scenarios: Scenarios): void {
  for (const example of examples) {
    test(`${example.file}: ${example.name}`, { timeout: TIMEOUT_MS }, async (t) => {
      const scenario = scenarios[example.name];
      assert.ok(scenario, `nobody plays the example ${example.name}`);
      const stage = await Stage.set(example);
      t.after(() => stage.close());
      await scenario(stage);
    });
  }
  test("every scenario has its example", () => {
    const names = examples.map(({ name }) => name);
    assert.deepEqual(names.toSorted(), Object.keys(scenarios).toSorted());
  });
}
