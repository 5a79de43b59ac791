// The PRACK laboratory: place -> bench -> tour, controls, and what is seen of them.

import { loadDemo } from "./account.js";
import { byId, el, say } from "./dom.js";
import { renderActors } from "./laboratory/actors.js";
import { Bench, type BenchPlace } from "./laboratory/bench.js";
import { ClockView } from "./laboratory/clock-view.js";
import { Controls } from "./laboratory/controls.js";
import type { Experiment } from "./laboratory/experiments.js";
import { Guide } from "./laboratory/guide.js";
import { findPlace } from "./laboratory/place.js";
import type { LabSettings } from "./laboratory/settings.js";
import { Tour } from "./laboratory/tour.js";
import { TourView } from "./laboratory/tour-view.js";
import { WireView } from "./laboratory/wire-view.js";

declare global {
  interface Window {
    /** For the console of the browser, and for tests. */
    laboratory?: { bench: Bench; tour: Tour };
  }
}

/** How often the wire is asked what should have arrived by now, in ms. */
const REVIEW = 200;

const place = await findPlace(await loadDemo());
if (typeof place === "string") closed(place);
else await open(place);

async function open(place: BenchPlace): Promise<void> {
  let isReady = false;
  const bench = new Bench(place, () => changed());
  const tour = new Tour(bench, () => changed());
  const guide = new Guide();
  const tourView = new TourView(tour, (experiment) => void begin(experiment));
  const controls = new Controls(bench, (settings) => void dial(settings));
  const [wire, clock] = [new WireView(bench.wire), new ClockView(bench)];
  let isDrawn = false;

  window.laboratory = { bench, tour };
  window.addEventListener("pagehide", () => void bench.close());
  setInterval(() => bench.wire.expire(Date.now()) && changed(), REVIEW);
  render();
  try {
    await bench.start();
    isReady = true;
    stand("online", "Ready");
  } catch (error) {
    stand("failed", (error as Error).message);
  }
  render();

  function changed(): void {
    tour.look();
    if (isDrawn) return;
    isDrawn = true;
    requestAnimationFrame(() => {
      isDrawn = false;
      render();
    });
  }

  function render(): void {
    renderActors(bench);
    tourView.render(isReady);
    controls.render(isReady);
    clock.render();
    wire.render();
  }

  async function begin(experiment: Experiment): Promise<void> {
    guide.watch();
    const running = tour.run(experiment);
    controls.show(bench.settings);
    await running.catch((error: unknown) => stand("failed", (error as Error).message));
    controls.show(bench.settings);
  }

  async function dial(settings: LabSettings): Promise<void> {
    tour.leave();
    guide.watch();
    await bench.clear();
    bench.settings = settings;
    await bench.dial();
  }
}

/** Says why there is nothing to see. */
function closed(why: string): void {
  stand("failed", "Closed");
  byId("experiments").replaceChildren(el("li", { class: "empty", text: why }));
  byId("hand").inert = true;
}

/** Tells how the laboratory stands. */
function stand(state: "online" | "failed", text: string): void {
  byId("standing").dataset["state"] = state;
  say(byId("standing"), text);
}
