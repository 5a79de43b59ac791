/** The runner of the laboratory's experiments. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Experiment, Hands } from "../../www/laboratory/experiments.js";
import { PLAIN } from "../../www/laboratory/settings.js";
import { type Apparatus, Tour } from "../../www/laboratory/tour.js";
import { WireModel } from "../../www/laboratory/wire-model.js";

/** A bench that only notes what is done with it. */
class FakeBench implements Apparatus {
  settings = PLAIN;
  readonly wire = new WireModel();
  isCalled = false;
  readonly done: string[] = [];
  clear(): Promise<void> {
    this.done.push("clear");
    this.wire.clear();
    this.isCalled = false;
    return Promise.resolve();
  }
  dial(): Promise<void> {
    this.done.push(`dial ${this.settings.caller}`);
    return Promise.resolve();
  }
  progress(): void {
    this.done.push("progress");
  }
  accept(): void {
    this.done.push("accept");
  }
}

const look = { text: "A note.", seen: ({ rows }: WireModel) => rows.length > 0 };

function experiment(run: (hands: Hands) => Promise<void>, id = "x"): Experiment {
  return { id, title: id, before: "", button: "", lesson: "", rfc: "", settings: { caller: "required" }, looks: [look], run };
}

/** Lets what was started go as far as it can. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

test("an experiment sets the bench, waits for what it waits for, and notes what was seen", async () => {
  const bench = new FakeBench();
  const tour = new Tour(bench, () => undefined);
  const it = experiment(async ({ call, progress, until }) => {
    await call();
    progress({ code: 180 });
    await until(({ rows }) => rows.length > 0);
  });
  const end = tour.run(it);
  await settle();
  assert.deepEqual(bench.done, ["clear", "dial required"]);
  bench.isCalled = true;
  tour.look();
  await settle();
  assert.deepEqual([bench.done.at(-1), tour.stageOf(it), tour.seen.get("x")?.size], ["progress", "running", 0]);
  bench.wire.note({ side: "callee", at: 0, tone: "", text: "A note." });
  tour.look();
  await end;
  assert.deepEqual([tour.stageOf(it), tour.seen.get("x")?.size], ["done", 1]);
});

test("what an experiment was told for one call holds for that one alone", async () => {
  const bench = new FakeBench();
  bench.isCalled = true;
  const tour = new Tour(bench, () => undefined);
  const seen: boolean[] = [];
  await tour.run(experiment(({ call }) => {
    const turn = async (fallback?: boolean): Promise<void> => {
      bench.isCalled = true;
      await call(fallback === undefined ? {} : { fallback });
      seen.push(bench.settings.fallback);
    };
    return turn(true).then(() => turn());
  }));
  assert.deepEqual(seen, [true, false]);
});

test("another experiment interrupts the one that goes on", async () => {
  const bench = new FakeBench();
  const tour = new Tour(bench, () => undefined);
  const first = experiment(async ({ call, accept }) => {
    await call();
    accept();
  }, "first");
  void tour.run(first);
  await settle();
  await tour.run(experiment(() => Promise.resolve(), "second"));
  bench.isCalled = true;
  tour.look();
  await settle();
  assert.deepEqual([bench.done.includes("accept"), tour.stageOf(first), tour.current?.id], [false, "new", "second"]);
});

test("one that is stopped while it pauses does nothing more", async () => {
  const bench = new FakeBench();
  const tour = new Tour(bench, () => undefined);
  const it = experiment(async ({ pause, accept }) => {
    await pause(1);
    accept();
  });
  void tour.run(it);
  await settle();
  tour.stop();
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual([bench.done, tour.stageOf(it), tour.isRunning], [["clear"], "new", false]);
});

test("one that cannot be run has failed, and says why", async () => {
  const bench = new FakeBench();
  bench.dial = () => Promise.reject(new Error("no server"));
  const tour = new Tour(bench, () => undefined);
  const it = experiment(({ call }) => call());
  await assert.rejects(tour.run(it), /no server/);
  assert.equal(tour.stageOf(it), "failed");
});
