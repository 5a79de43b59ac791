// The SIP ladder: two lifelines, an arrow for every message, and a bracket that joins a
// reliable response to its PRACK and to the response to that.

import { byId, el, save, svg } from "./dom.js";
import { type Entry, type Handshake, LadderModel, type Row, type Thread } from "./ladder-model.js";
import { MessagePanel } from "./message-panel.js";
import type { Glance } from "./sip-text.js";
import { asText, clock } from "./trace-text.js";

/** How many messages are kept. */
const LIMIT = 500;
/** The height of a row; the style sheet is told. */
const ROW = 42;
/** How many filter buttons there are beside "All". */
const CHIPS = 6;

/** The ladder in `#ladder`. */
export class Ladder {
  readonly model = new LadderModel(LIMIT);
  #list = byId("ladder-rows", HTMLOListElement);
  #scroll = byId("ladder-scroll");
  #brackets = byId("ladder-brackets", SVGSVGElement);
  #chips = byId("ladder-filter");
  #panel = new MessagePanel(() => this.#select(undefined));
  #shown: Row[] = [];
  #filter: string | undefined;
  #selected: number | undefined;
  #drawing = false;

  constructor() {
    byId("ladder").style.setProperty("--row", `${ROW}px`);
    byId("ladder-copy").onclick = () => void navigator.clipboard.writeText(this.text());
    byId("ladder-save").onclick = () => save(`sip-trace-${new Date().toISOString().slice(0, 19)}.txt`, this.text());
    byId("ladder-clear").onclick = () => this.clear();
    this.#list.addEventListener("keydown", (event) => this.#onKey(event));
    this.clear();
  }

  /** Takes a message of the trace. */
  add(entry: Entry): void {
    const threads = this.model.threads.size;
    const { row, dropped } = this.model.add(entry);
    if (dropped.length > 0 || threads !== this.model.threads.size) this.#drawFilter();
    this.#drop(dropped);
    if (this.#filter === undefined || this.#filter === row.thread.callId) this.#append(row);
  }

  /** Names the two lifelines. */
  name(page: string, server: string): void {
    byId("ladder-page").textContent = page;
    byId("ladder-server").textContent = server;
  }

  /** Forgets every message. */
  clear(): void {
    this.model.clear();
    this.#filter = undefined;
    this.#select(undefined);
    this.#drawFilter();
    this.#drawAll();
  }

  /** The shown messages as text, for a support ticket. */
  text(): string {
    return asText(this.#shown, byId("ladder-page").textContent, byId("ladder-server").textContent);
  }

  #append(row: Row): void {
    const atEnd = this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < 2 * ROW;
    this.#shown.push(row);
    this.#list.append(this.#item(row));
    this.#afterChange();
    if (atEnd) this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  #drop(rows: Row[]): void {
    for (const row of rows) {
      if (this.#shown[0] !== row) continue;
      this.#shown.shift();
      this.#list.firstElementChild?.remove();
      if (row.id === this.#selected) this.#select(undefined);
    }
  }

  #drawAll(): void {
    this.#shown = this.model.rows.filter((row) => !this.#filter || row.thread.callId === this.#filter);
    this.#list.replaceChildren(...this.#shown.map((row) => this.#item(row)));
    this.#afterChange();
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  #afterChange(): void {
    byId("ladder-empty").hidden = this.#shown.length > 0;
    byId("ladder-count").textContent = String(this.#shown.length);
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#drawBrackets();
    });
  }

  #item(row: Row): HTMLLIElement {
    const button = el(
      "button",
      { class: classes(row), "data-id": String(row.id), "aria-label": spoken(row), onclick: () => this.#select(row) },
      el("time", { text: clock(row.at) }),
      el("span", { class: "wire" }, label(row), el("span", { class: "arrow" })),
    );
    button.type = "button";
    button.style.setProperty("--thread", colour(row.thread));
    return el("li", {}, button);
  }

  #select(row: Row | undefined): void {
    this.#selected = row?.id;
    for (const old of this.#list.querySelectorAll("[aria-pressed=true]")) old.setAttribute("aria-pressed", "false");
    if (row) this.#button(row.id)?.setAttribute("aria-pressed", "true");
    this.#panel.show(row);
    if (row) this.#button(row.id)?.scrollIntoView({ block: "nearest" });
    this.#afterChange();
  }

  #button(id: number): HTMLButtonElement | null {
    return this.#list.querySelector(`[data-id="${id}"]`);
  }

  #onKey(event: KeyboardEvent): void {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 || !(event.target instanceof HTMLElement)) return;
    const at = this.#shown.findIndex((row) => String(row.id) === (event.target as HTMLElement).dataset["id"]);
    const next = this.#shown[at + step];
    if (!next) return;
    event.preventDefault();
    this.#button(next.id)?.focus();
    if (this.#selected !== undefined) this.#select(next);
  }

  #drawFilter(): void {
    const threads = [...this.model.threads.values()];
    const calls = threads.filter((thread) => thread.number > 0).slice(-CHIPS);
    const others = threads.filter((thread) => thread.number === 0 && thread.name === "Registration").slice(-1);
    if (this.#filter !== undefined && !this.model.threads.has(this.#filter)) this.#filter = undefined;
    this.#chips.replaceChildren(this.#chip(undefined), ...[...others, ...calls].map((thread) => this.#chip(thread)));
  }

  #chip(thread: Thread | undefined): HTMLButtonElement {
    const name = thread ? (thread.number > 0 ? `${thread.number} ${thread.name}` : thread.name) : "All";
    const made = el("button", {
      class: "chip",
      text: name,
      "aria-pressed": String(this.#filter === thread?.callId),
      onclick: () => {
        this.#filter = thread?.callId;
        this.#drawFilter();
        this.#drawAll();
      },
    });
    made.type = "button";
    if (thread) made.style.setProperty("--thread", colour(thread));
    made.classList.toggle("threaded", thread !== undefined);
    return made;
  }

  #drawBrackets(): void {
    const place = new Map(this.#shown.map((row, at) => [row.id, at]));
    this.#brackets.setAttribute("height", String(this.#shown.length * ROW));
    const drawn: SVGElement[] = [];
    const busyUntil: number[] = [];
    for (const handshake of this.model.handshakes.values()) {
      const span = placed(handshake, place);
      if (!span) continue;
      const lane = freeLane(busyUntil, span);
      drawn.push(...bracket(span, lane, this.#isSelected(handshake)));
    }
    this.#brackets.replaceChildren(...drawn);
  }

  #isSelected({ response, prack, done }: Handshake): boolean {
    return this.#selected !== undefined && [response, prack, done].includes(this.#selected);
  }
}

/** The rows of a handshake, top to bottom: response, PRACK, 2xx to the PRACK. */
function placed({ response, prack, done }: Handshake, place: Map<number, number>): number[] | undefined {
  const rows = [response, prack, done].map((id) => (id === undefined ? undefined : place.get(id)));
  const seen = rows.filter((row) => row !== undefined);
  return rows[0] === undefined || seen.length === 0 ? undefined : seen;
}

/** The first bracket lane (0 is nearest to the arrows) that is free where the span begins. */
function freeLane(busyUntil: number[], span: number[]): number {
  const [first = 0, last = first] = [span[0], span[span.length - 1]];
  const free = busyUntil.findIndex((until) => until < first);
  const lane = Math.min(free < 0 ? busyUntil.length : free, 2);
  busyUntil[lane] = last;
  return lane;
}

function bracket(span: number[], lane: number, selected: boolean): SVGElement[] {
  const y = (row: number): number => row * ROW + ROW - 12;
  const [right, left] = [25, 16 - lane * 6];
  const [top = 0, bottom = top] = [span[0], span[span.length - 1]].map((row) => y(row ?? 0));
  const kind = `bracket${span.length > 1 ? "" : " open"}${selected ? " selected" : ""}`;
  const drawn = span.map((row) => svg("circle", { class: kind, cx: right, cy: y(row), r: 3.5 }));
  if (span.length < 2) return drawn;
  const bow = `M${right - 4} ${top} H${left + 5} Q${left} ${top} ${left} ${top + 5} V${bottom - 5} Q${left} ${bottom} ${left + 5} ${bottom} H${right - 4}`;
  const middle = span.slice(1, -1).map((row) => svg("path", { class: kind, d: `M${left} ${y(row)} H${right - 4}` }));
  return [svg("path", { class: kind, d: bow }), ...middle, ...drawn];
}

function classes(row: Row): string {
  const parts = ["message", row.direction];
  if (row.glance?.rseq !== undefined) parts.push("reliable");
  if (row.repeats !== undefined) parts.push("repeat");
  if (row.fault !== undefined) parts.push("faulty");
  if ((row.glance?.status ?? 0) >= 300) parts.push("refusal");
  return parts.join(" ");
}

function label(row: Row): HTMLElement {
  const { glance } = row;
  const made = el("span", { class: "label" });
  if (!glance) made.append(el("b", { text: "unreadable" }));
  else if (glance.status === undefined) made.append(el("b", { text: glance.method }), requestNote(glance.method, glance.to));
  else made.append(...answer(glance));
  made.append(...tags(row));
  return made;
}

function requestNote(method: string, to: string): string {
  return ["INVITE", "MESSAGE", "SUBSCRIBE"].includes(method) ? ` ${to}` : "";
}

function answer({ status, reason, method }: Glance): (HTMLElement | string)[] {
  const phrase = el("span", { class: "reason", text: reason ?? "" });
  return [el("b", { text: String(status) }), " ", phrase, " ", el("small", { text: method })];
}

function tags({ glance, repeats, fault }: Row): HTMLElement[] {
  const made: HTMLElement[] = [];
  if (glance?.rseq !== undefined) made.push(el("em", { class: "tag reliable", text: `RSeq ${glance.rseq}` }));
  if (glance?.badRseq !== undefined) made.push(el("em", { class: "tag fault", text: `RSeq ${glance.badRseq}`, title: "cannot be acknowledged" }));
  if (glance?.rack) made.push(el("em", { class: "tag reliable", text: `RAck ${glance.rack[0]}` }));
  if (glance?.sdp) made.push(el("em", { class: "tag", text: "SDP", title: "carries a session description" }));
  if (repeats !== undefined) made.push(el("em", { class: "tag again", text: "again", title: "a retransmission" }));
  if (fault !== undefined) made.push(el("em", { class: "tag fault", text: fault }));
  return made;
}

function spoken(row: Row): string {
  const { glance } = row;
  const what = !glance ? "unreadable message" : glance.status === undefined ? glance.method : `${glance.status} ${glance.reason} to ${glance.method}`;
  const again = row.repeats === undefined ? "" : ", retransmission";
  return `${row.direction} ${what}${again}, ${row.thread.name}, ${clock(row.at)}`;
}

/** Eight hues that stay apart from one another and from the colour of reliability. */
function colour({ number }: Thread): string {
  return number === 0 ? "var(--muted)" : `var(--thread-${(number - 1) % 6})`;
}
