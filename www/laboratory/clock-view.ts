// The callee's clock: the response that waits for its PRACK, when it was and will be sent again,
// and what waits behind it.

import { byId, el, say } from "../dom.js";
import type { Bench } from "./bench.js";
import { COPIES_DUE, GIVE_UP, type Handshake, type SenderClock, clockOf, facePosition } from "./handshakes.js";

/** How often the hand moves, in ms. */
const TICK = 100;

/** The strip in `#sender`. */
export class ClockView {
  #bench: Bench;
  #hand = el("span", { class: "hand" });
  #marks: HTMLElement[];
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.#marks = [0, ...COPIES_DUE].map((due) => dueMark(due, due === 0 ? "0" : seconds(due)));
    byId("face").replaceChildren(this.#hand, ...this.#marks, dueMark(GIVE_UP, "504", "end"));
  }

  /** Shows how things stand, and goes on by itself while something waits. */
  render(): void {
    const { outstanding, all } = this.#bench.wire.handshakes;
    const last = all.findLast(({ by }) => by === "callee");
    byId("sender").dataset["state"] = outstanding ? "waiting" : last ? stateOf(last) : "idle";
    if (outstanding) this.#waiting(outstanding);
    else this.#settled(last);
    this.#renderQueue();
    this.#keepTime(outstanding !== undefined);
  }

  #keepTime(isRunning: boolean): void {
    if (isRunning) {
      this.#timer ??= setInterval(() => this.render(), TICK);
    } else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #waiting(response: Handshake): void {
    const clock = clockOf(response, Date.now());
    say(byId("sender-title"), `${response.status} ${response.reason} waits for its PRACK`);
    say(byId("sender-detail"), waitingFor(response, clock));
    this.#face(clock.elapsed, response.copies);
  }

  #settled(response: Handshake | undefined): void {
    const title = response ? ENDINGS[stateOf(response)](response) : "Nothing waits for a PRACK";
    say(byId("sender-title"), title);
    say(byId("sender-detail"), response ? `sent ${times(response.copies)}` : "the callee's clock stands still");
    const until = response?.acknowledgedAt ?? response?.closedAt;
    this.#face(response && until !== undefined ? until - response.at : 0, response?.copies ?? 0);
  }

  #face(elapsed: number, copies: number): void {
    this.#hand.style.setProperty("--at", String(facePosition(elapsed)));
    this.#marks.forEach((one, at) => one.classList.toggle("passed", at < copies));
  }

  #renderQueue(): void {
    const { callee, wire } = this.#bench;
    const waits = (callee?.queue ?? []).map(({ code }) => el("li", { text: `${code} waits in the queue` }));
    if (callee?.isAnswering && wire.handshakes.outstanding?.sdp) waits.push(el("li", { class: "held", text: "200 OK is held" }));
    const before = byId("sender-queue");
    if (before.textContent !== waits.map((one) => one.textContent).join("")) before.replaceChildren(...waits);
    before.hidden = waits.length === 0;
  }
}

const ENDINGS = {
  acknowledged: ({ status, at, acknowledgedAt = at }: Handshake): string => `${status} acknowledged after ${exact(acknowledgedAt - at)}`,
  closed: ({ status }: Handshake): string => `${status} is repeated no more: the call is decided`,
};

function stateOf({ acknowledgedAt }: Handshake): keyof typeof ENDINGS {
  return acknowledgedAt === undefined ? "closed" : "acknowledged";
}

function waitingFor({ copies }: Handshake, { nextIn, giveUpIn }: SenderClock): string {
  const next = nextIn === undefined ? "" : `, again in ${seconds(nextIn)} s`;
  return `sent ${times(copies)}${next}, gives up in ${seconds(giveUpIn)} s`;
}

function times(count: number): string {
  return count === 1 ? "once" : count === 2 ? "twice" : `${count} times`;
}

function exact(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${seconds(ms)} s`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

function dueMark(due: number, text: string, kind = ""): HTMLElement {
  const made = el("span", { class: `due ${kind}` }, el("span", { text }));
  made.style.setProperty("--at", String(facePosition(due)));
  return made;
}
