// The log of what the API told the application: the events as a developer gets them.

import { byId, el } from "./dom.js";
import { clock } from "./trace-text.js";

/** How many events are kept. */
const LIMIT = 300;
/** How much of one value is shown. */
const LONGEST = 60;

/** The event log in `#log`. */
export class EventLog {
  #list = byId("log-rows", HTMLOListElement);
  #scroll = byId("log-scroll");
  #count = 0;

  constructor() {
    byId("log-clear").onclick = () => this.clear();
    this.clear();
  }

  /** Logs an event of `source` ("ua", "call 1"), with the fields that say something. */
  add(source: string, type: string, fields: Record<string, unknown> = {}, tone: "" | "bad" | "good" = ""): void {
    const atEnd = this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < 40;
    const row = el(
      "li",
      { class: tone },
      el("time", { text: clock(Date.now()) }),
      el("span", { class: "source", text: source }),
      el("b", { text: type }),
      el("span", { class: "fields" }, ...Object.entries(fields).flatMap(([name, value]) => shown(name, value))),
    );
    this.#list.append(row);
    while (this.#list.childElementCount > LIMIT) this.#list.firstElementChild?.remove();
    byId("log-count").textContent = String(++this.#count);
    byId("log-empty").hidden = true;
    if (atEnd) this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  clear(): void {
    this.#count = 0;
    this.#list.replaceChildren();
    byId("log-count").textContent = "0";
    byId("log-empty").hidden = false;
  }
}

function shown(name: string, value: unknown): HTMLElement[] {
  if (value === undefined || value === null || typeof value === "function") return [];
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
  return [el("span", { class: "field" }, el("i", { text: name }), short)];
}
