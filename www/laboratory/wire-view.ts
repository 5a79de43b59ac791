// The wire: three lifelines, an arrow for every message on its way, the sentences in between, and
// a bracket for every reliable response, from its first copy to the 200 to its PRACK.

import { byId, el } from "../dom.js";
import type { Glance } from "../sip-text.js";
import { drawBrackets } from "./brackets.js";
import type { Handshakes } from "./handshakes.js";
import { saysOf100rel } from "./option-tags.js";
import { reference } from "./reference.js";
import { MessageSheet } from "./sheet.js";
import { announce } from "./spoken.js";
import type { MessageRow, NoteRow, Place, Row, WireModel } from "./wire-model.js";

/** How near to the end a reader is taken to follow, in pixels. */
const NEAR = 90;
const PLACES: Record<Place, number> = { caller: 0, server: 50, callee: 100 };

/** The rows in `#wire`. */
export class WireView {
  #model: WireModel;
  #list = byId("wire", HTMLOListElement);
  #scroll = byId("wire-scroll");
  #items = new Map<number, { item: HTMLElement; shown: string }>();
  #sheet = new MessageSheet(() => this.#select(undefined));
  #selected: MessageRow | undefined;

  constructor(model: WireModel) {
    this.#model = model;
    this.#list.addEventListener("keydown", (event) => this.#onKey(event));
    new ResizeObserver(() => this.#drawBrackets()).observe(this.#list);
  }

  /** Shows what has changed. */
  render(): void {
    const { rows } = this.#model;
    const atEnd = this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < NEAR;
    this.#drop(new Set(rows.map(({ id }) => id)));
    const start = rows[0]?.at ?? 0;
    for (const row of rows) this.#draw(row, start);
    byId("wire-empty").hidden = rows.length > 0;
    this.#drawBrackets();
    if (atEnd) this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  #drop(kept: Set<number>): void {
    for (const [id, { item }] of this.#items) {
      if (kept.has(id)) continue;
      item.remove();
      this.#items.delete(id);
      if (this.#selected?.id === id) this.#select(undefined);
    }
  }

  /** Draws a row, unless it looks as it did before. */
  #draw(row: Row, start: number): void {
    const known = this.#items.get(row.id);
    const shown = row.kind === "note" ? "" : signature(row, this.#model.handshakes);
    if (known?.shown === shown) return;
    const item = row.kind === "note" ? noteItem(row) : this.#messageItem(row, start);
    if (known) {
      const hadFocus = known.item.contains(document.activeElement);
      known.item.replaceWith(item);
      if (hadFocus) item.querySelector("button")?.focus();
    } else {
      this.#list.append(item);
      if (row.kind === "note") announce(row.text);
    }
    this.#items.set(row.id, { item, shown });
  }

  #messageItem(row: MessageRow, start: number): HTMLElement {
    const button = el("button", { class: classes(row), "data-id": String(row.id), "aria-label": spoken(row, start), "aria-pressed": String(row.id === this.#selected?.id), onclick: () => this.#select(row) },
      el("time", { text: clock(row.at - start) }),
      el("span", { class: "wire" }, label(row), el("span", { class: "arrow" }, ...(row.fate === "held" ? [el("span", { class: "barrier", title: "the server did not pass it on" })] : []))),
      el("span", { class: "beside", text: beside(row, this.#model.handshakes) }));
    button.type = "button";
    const [from, to] = [PLACES[row.from], PLACES[row.to]];
    button.style.setProperty("--left", String(Math.min(from, to)));
    button.style.setProperty("--width", String(Math.abs(to - from)));
    return el("li", {}, button);
  }

  #select(row: MessageRow | undefined): void {
    this.#selected = row;
    for (const button of this.#list.querySelectorAll<HTMLElement>("button.message")) {
      button.setAttribute("aria-pressed", String(button.dataset["id"] === String(row?.id)));
    }
    this.#sheet.show(row);
    this.#drawBrackets();
  }

  #onKey(event: KeyboardEvent): void {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 || !(event.target instanceof HTMLElement) || !event.target.matches("button.message")) return;
    const all = [...this.#list.querySelectorAll<HTMLElement>("button.message")];
    const next = all[all.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    const row = this.#model.messages.find(({ id }) => String(id) === next.dataset["id"]);
    if (this.#selected) this.#select(row);
  }

  #drawBrackets(): void {
    const place = (id: number): number | undefined => {
      const item = this.#items.get(id)?.item;
      return item && item.offsetTop + item.offsetHeight;
    };
    for (const by of ["server", "callee"] as const) {
      const own = this.#model.handshakes.all.filter((one) => one.by === by);
      drawBrackets(byId(`brackets-${by}`, SVGSVGElement), own, place, this.#selected?.handshake, this.#list.offsetHeight);
    }
  }
}

function noteItem({ side, tone, text, rfc }: NoteRow): HTMLElement {
  return el("li", { class: `note ${side} ${tone}` }, el("p", {}, text, ...(rfc === undefined ? [] : [" ", reference(rfc)])));
}

/** Everything about a row that can still change. */
function signature(row: MessageRow, handshakes: Handshakes): string {
  return [row.to, row.fate, row.changes.join(), row.copy, row.handshake, beside(row, handshakes)].join("|");
}

function classes(row: MessageRow): string {
  const { rseq, rack, status } = row.glance;
  const parts = ["message", row.fate.replace(" ", "-"), PLACES[row.from] < PLACES[row.to] ? "right" : "left"];
  if (rseq !== undefined || rack !== undefined || row.handshake !== undefined) parts.push("reliable");
  if ((row.copy ?? 1) > 1 || row.fate === "copy") parts.push("repeat");
  if ((status ?? 0) >= 300) parts.push("refusal");
  parts.push(`from-${row.from}`, Math.abs(PLACES[row.to] - PLACES[row.from]) === 50 ? "half" : "whole");
  return parts.join(" ");
}

function label(row: MessageRow): HTMLElement {
  const { glance } = row;
  const made = el("span", { class: "label" });
  if (glance.status === undefined) made.append(el("b", { text: glance.method }));
  else made.append(el("b", { text: String(glance.status) }), " ", el("span", { class: "reason", text: glance.reason ?? "" }), " ", ...ofMethod(glance));
  made.append(...tags(row));
  return made;
}

/** Which request a response is for; that a 1xx is for INVITE goes without saying. */
function ofMethod({ method, status = 0 }: Glance): HTMLElement[] {
  return status < 200 ? [] : [el("small", { text: method })];
}

function tags(row: MessageRow): HTMLElement[] {
  const { glance, changes, fate, late, copy } = row;
  const made: HTMLElement[] = [];
  const tag = (kind: string, text: string, title = ""): void => void made.push(el("em", { class: `tag ${kind}`, text, ...(title && { title }) }));
  for (const says of policyOf(row)) tag("reliable", says);
  if (glance.rseq !== undefined) tag("reliable", `RSeq ${glance.rseq}`);
  if (glance.rack) tag("reliable", `RAck ${glance.rack.join(" ")}`);
  if (glance.sdp) tag("", "SDP", "carries a session description");
  if ((copy ?? 1) > 1) tag("again", `copy ${copy ?? 1}`, "the same response again");
  if (fate === "copy") tag("again", "once more", "the server has sent it twice");
  if (fate === "held") tag("fault", "kept by the server");
  if (late !== undefined) tag("fault", `${(late / 1000).toFixed(1)} s late`);
  for (const change of changes) tag("fault", change);
  return made;
}

/** What the caller's INVITE, or the refusal of it, says of 100rel; that a reliable response requires it is plain. */
function policyOf({ glance: { method, status }, text }: MessageRow): string[] {
  return method === "INVITE" && (status === undefined || status >= 300) ? saysOf100rel(text).slice(-1) : [];
}

/** When a copy was sent, from the first one on. */
function beside(row: MessageRow, handshakes: Handshakes): string {
  const handshake = row.handshake === undefined ? undefined : handshakes.get(row.handshake);
  if (!handshake || (row.copy ?? 1) < 2) return "";
  return `+${((row.at - handshake.at) / 1000).toFixed(1)} s`;
}

function spoken(row: MessageRow, start: number): string {
  const { glance, from, to, fate, changes } = row;
  const what = glance.status === undefined ? glance.method : `${glance.status} ${glance.reason ?? ""} to ${glance.method}`;
  const numbers = [glance.rseq && `RSeq ${glance.rseq}`, glance.rack && `RAck ${glance.rack.join(" ")}`, (row.copy ?? 1) > 1 && `copy ${row.copy ?? 1}`];
  const way = fate === "held" ? `from ${from}, kept by the server` : `from ${from} to ${to}`;
  return [what, ...numbers, way, ...changes, `after ${clock(row.at - start)} seconds`].filter(Boolean).join(", ");
}

/** Seconds since the first message. */
function clock(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(2);
}
