// The guided tour as it is read: one experiment open at a time, what there is to see being ticked
// off while it is seen.

import { byId, el, say } from "../dom.js";
import { EXPERIMENTS, type Experiment } from "./experiments.js";
import { reference } from "./reference.js";
import { announce } from "./spoken.js";
import type { Stage, Tour } from "./tour.js";

/** The elements of one experiment. */
interface Shown {
  item: HTMLElement;
  head: HTMLButtonElement;
  status: HTMLElement;
  button: HTMLButtonElement;
  looks: HTMLElement[];
  lesson: HTMLElement;
}

const STATUS: Record<Stage, string> = { new: "", running: "running", done: "seen", failed: "failed" };

/** The list in `#experiments`. */
export class TourView {
  #tour: Tour;
  #run: (experiment: Experiment) => void;
  #shown = new Map<string, Shown>();
  #spoken = new Set<string>();
  /** The first one is open from the beginning, and the introduction above it is to be read. */
  #isDrawn = false;

  constructor(tour: Tour, run: (experiment: Experiment) => void) {
    this.#tour = tour;
    this.#run = run;
    byId("experiments").replaceChildren(...EXPERIMENTS.map((experiment, at) => this.#make(experiment, at)));
    this.#open(EXPERIMENTS[0]);
    this.#isDrawn = true;
  }

  /** Shows what has changed. */
  render(ready: boolean): void {
    for (const experiment of EXPERIMENTS) this.#renderOne(experiment, ready);
    this.#renderStrip();
  }

  /** Where there is no room for the tour beside the wire, one line of it. */
  #renderStrip(): void {
    const { current } = this.#tour;
    byId("watching").hidden = current === undefined;
    if (!current) return;
    say(byId("watching-title"), current.title);
    say(byId("watching-seen"), `${this.#tour.seen.get(current.id)?.size ?? 0} of ${current.looks.length} seen`);
  }

  #make(experiment: Experiment, at: number): HTMLElement {
    const { id, title, before, looks } = experiment;
    const status = el("span", { class: "status" });
    const head = el("button", { class: "experiment-head", "aria-controls": `x-${id}`, "aria-expanded": "false", onclick: () => this.#open(experiment) },
      el("span", { class: "number", text: String(at + 1), "aria-hidden": "true" }), el("span", { class: "title", text: title }), status);
    const button = el("button", { class: "primary", text: experiment.button, onclick: () => this.#press(experiment) });
    head.type = button.type = "button";
    const points = looks.map(({ text }) => el("li", { "data-seen": "false" }, el("span", { class: "visually-hidden", text: "not seen yet: " }), text));
    const lesson = el("p", { class: "lesson" }, experiment.lesson, " ", reference(experiment.rfc));
    const item = el("li", { class: "experiment", "data-experiment": id }, el("h2", {}, head),
      el("div", { class: "experiment-body", attributes: { id: `x-${id}` } }, el("p", { text: before }), button, el("h3", { text: "Look at" }), el("ul", { class: "looks" }, ...points), el("h3", { text: "What it teaches" }), lesson));
    this.#shown.set(id, { item, head, status, button, looks: points, lesson });
    return item;
  }

  /** Opens an experiment and closes the others; one that is open already, too. */
  #open(experiment: Experiment | undefined): void {
    for (const [id, { item, head }] of this.#shown) {
      const isOpen = id === experiment?.id && head.getAttribute("aria-expanded") !== "true";
      head.setAttribute("aria-expanded", String(isOpen));
      item.classList.toggle("open", isOpen);
      if (isOpen && this.#isDrawn) item.scrollIntoView({ block: "nearest" });
    }
  }

  #press(experiment: Experiment): void {
    if (this.#tour.current === experiment && this.#tour.isRunning) this.#tour.stop();
    else {
      this.#spoken.clear();
      this.#run(experiment);
    }
  }

  #renderOne(experiment: Experiment, ready: boolean): void {
    const shown = this.#shown.get(experiment.id);
    if (!shown) return;
    const stage = this.#tour.stageOf(experiment);
    const { item, status, button, looks } = shown;
    item.dataset["stage"] = stage;
    say(status, STATUS[stage]);
    say(button, stage === "running" ? "Stop" : stage === "done" ? "Once more" : experiment.button);
    button.disabled = !ready;
    const seen = this.#tour.seen.get(experiment.id);
    looks.forEach((look, at) => this.#tick(look, seen?.has(at) ?? false));
  }

  #tick(look: HTMLElement, isSeen: boolean): void {
    if (look.dataset["seen"] === String(isSeen)) return;
    look.dataset["seen"] = String(isSeen);
    const hidden = look.firstElementChild;
    if (hidden) hidden.textContent = isSeen ? "seen: " : "not seen yet: ";
    const text = look.lastChild?.textContent ?? "";
    if (isSeen && !this.#spoken.has(text)) announce(`Seen: ${text}`);
    this.#spoken.add(text);
  }
}
