// One phone: a tab with the page, driven as a person would, and read as a person would.
import assert from "node:assert/strict";

/** How long a condition may take to come true. */
const PATIENCE = 15_000;

export class Phone {
  /** What went to the console as an error, and what was thrown. */
  errors = [];

  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && this.errors.push(message.text()));
  }

  ready() {
    return this.page.waitForSelector("#phone[data-ready]");
  }

  /** Chooses a demo user in the settings, with further fields. */
  async become(user, fields = {}) {
    await this.page.click("#open-settings");
    if (user !== undefined) await this.page.click(`#settings-people [data-person=${user}]`);
    for (const [name, value] of Object.entries(fields)) await this.page.fill(`#settings [name=${name}]`, value);
    await this.page.click("#settings button[value=save]");
    await this.page.waitForSelector("#settings", { state: "hidden" });
    if (user !== undefined) assert.match(await this.page.textContent("#account-uri"), new RegExp(`^${user}@`));
  }

  async register() {
    await this.page.click("#register");
    await this.standing("online");
  }

  /** Waits for a state of the registration: `offline`, `busy`, `online`, `failed`. */
  standing(state) {
    return this.page.waitForSelector(`#connection[data-state=${state}]`);
  }

  /** Types whom to call, and Enter. */
  async call(target) {
    await this.page.fill("#target", target);
    await this.page.press("#target", "Enter");
  }

  /** Waits for a screen: idle, incoming, calling, ringing, early, talking ... */
  screen(name) {
    return this.page.waitForSelector(`#phone[data-screen=${name}]`);
  }

  answer() {
    return this.page.click("#answer");
  }

  reject() {
    return this.page.click("#reject");
  }

  /** Hangs up, or cancels. */
  hangUp() {
    return this.page.click("#hangup");
  }

  /** Waits for how the last call went, as the page words it. */
  async outcome(title) {
    await this.page.waitForFunction((text) => {
      const shown = document.querySelector("#outcome:not([hidden]) #outcome-title")?.textContent;
      return shown !== undefined && (text === undefined || shown === text);
    }, title).catch(async (error) => {
      const said = await this.page.textContent("#outcome");
      throw new Error(`expected "${title}", the page says "${said.trim()}"\n${(await this.calls()).join("\n")}`, { cause: error });
    });
    return this.page.textContent("#outcome-title");
  }

  /** The ladder's rows, in order, as `> INVITE`, `< 180 INVITE`, with ` rel` and ` again`. */
  ladder() {
    return this.page.evaluate(() => [...document.querySelectorAll("#ladder-rows .message")].map((row) => {
      const arrow = row.classList.contains("sent") ? ">" : "<";
      const [first, method] = [row.querySelector("b")?.textContent, row.querySelector("small")?.textContent];
      const notes = [row.querySelector(".tag.reliable") && "rel", row.querySelector(".tag.again") && "again"];
      return [arrow, first, method, ...notes].filter(Boolean).join(" ");
    }));
  }

  /** The ladder of calls: without REGISTER and its responses. */
  async calls() {
    return (await this.ladder()).filter((row) => !row.includes("REGISTER") && !row.includes("401 REGISTER"));
  }

  /** Waits until the ladder has a row. */
  row(text) {
    return this.page.waitForFunction((wanted) => [...document.querySelectorAll("#ladder-rows .message")].some((row) => {
      const [first, method] = [row.querySelector("b")?.textContent, row.querySelector("small")?.textContent];
      return [row.classList.contains("sent") ? ">" : "<", first, method].filter(Boolean).join(" ") === wanted;
    }), text);
  }

  /** The names of the events in the log, in order, without those of the user agent. */
  events() {
    return this.page.evaluate(() => [...document.querySelectorAll("#log-rows li")]
      .filter((row) => row.querySelector(".source").textContent !== "ua").map((row) => row.querySelector("b").textContent));
  }

  /** What has arrived of the far end's voice: packets and energy. */
  heard() {
    return this.page.evaluate(async () => {
      const report = await window.prackle.call?.stats();
      const inbound = [...(report?.values() ?? [])].find((entry) => entry.type === "inbound-rtp" && entry.kind === "audio");
      return { packets: inbound?.packetsReceived ?? 0, energy: inbound?.totalAudioEnergy ?? 0 };
    });
  }

  /** Waits until more packets, and more sound in them, have arrived than now. */
  async hears() {
    const before = await this.heard();
    await this.page.waitForFunction(async ({ packets, energy }) => {
      const report = await window.prackle.call?.stats();
      const inbound = [...(report?.values() ?? [])].find((entry) => entry.type === "inbound-rtp" && entry.kind === "audio");
      return inbound !== undefined && inbound.packetsReceived > packets + 25 && inbound.totalAudioEnergy > energy + 1e-6;
    }, before, { polling: 100 });
  }
}

/** `expected` must be found in `actual` in this order, with anything between. */
export function inOrder(actual, expected) {
  let at = 0;
  for (const row of actual) if (row === expected[at]) at += 1;
  assert.equal(at, expected.length, `${JSON.stringify(expected[at])} is missing, or out of order, in\n${actual.join("\n")}`);
}
