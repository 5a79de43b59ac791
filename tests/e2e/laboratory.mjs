// The PRACK laboratory: a tab with its page, driven as a person would, and read as a person would
// who has it read out.
import assert from "node:assert/strict";

/** How long a condition may take to come true. */
const PATIENCE = 20_000;

/** Opens the page in a tab (or window) of its own. */
export async function openLaboratory({ world, t, viewport = { width: 1280, height: 800 }, colorScheme = "light" }) {
  const context = await world.browser.newContext({ viewport, colorScheme });
  t.after(() => context.close());
  const laboratory = new Laboratory(await context.newPage());
  await laboratory.page.goto(new URL("laboratory.html", world.address).href);
  await laboratory.page.waitForSelector("#standing[data-state=online]");
  // The last word of every test: nothing went wrong unseen.
  t.after(() => assert.deepEqual(laboratory.errors, [], "errors on the console of the page"));
  return laboratory;
}

export class Laboratory {
  /** What went to the console as an error, and what was thrown. */
  errors = [];

  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && this.errors.push(message.text()));
  }

  /** Opens an experiment of the tour. */
  async open(id) {
    const head = `[data-experiment=${id}] .experiment-head`;
    if (await this.page.getAttribute(head, "aria-expanded") === "false") await this.page.click(head);
  }

  /** Presses the button of an experiment. */
  async begin(id) {
    await this.open(id);
    await this.page.click(`[data-experiment=${id}] .primary`);
  }

  /** Waits for the end of an experiment; everything that there was to see must have been seen. */
  async finished(id, timeout = PATIENCE) {
    await this.page.waitForSelector(`[data-experiment=${id}][data-stage=done]`, { timeout, state: "attached" }).catch(async (error) => {
      throw new Error(`${id} did not end:\n${(await this.rows()).join("\n")}`, { cause: error });
    });
    const unseen = await this.page.$$eval(`[data-experiment=${id}] .looks [data-seen=false]`, (looks) => looks.map((look) => look.textContent));
    assert.deepEqual(unseen, [], "all of it was seen");
  }

  /** The wire as it is read out, without times, and with the last digit of each RSeq only. */
  rows() {
    return this.page.$$eval("#wire > li", (items) => items.map((item) => {
      const button = item.querySelector("button.message");
      const text = button?.getAttribute("aria-label").replace(/, after [\d.]+ seconds$/, "") ?? `(${item.classList[1]}) ${item.querySelector("p").firstChild.textContent.trim()}`;
      return text.replace(/\b\d{5,}\b/g, "N");
    }));
  }

  /** When the messages of a kind were seen, in ms since the first of them. */
  async times(pattern) {
    const labels = await this.page.$$eval("button.message", (all) => all.map((button) => button.getAttribute("aria-label")));
    const seconds = labels.filter((label) => pattern.test(label)).map((label) => Number(/after ([\d.]+) seconds$/.exec(label)[1]));
    return seconds.map((at) => Math.round((at - seconds[0]) * 1000));
  }

  /** Waits for a row. */
  row(pattern) {
    return this.page.waitForFunction(({ source }) => {
      const texts = [...document.querySelectorAll("#wire > li")].map((item) => item.querySelector("button.message")?.getAttribute("aria-label") ?? item.textContent);
      return texts.some((text) => new RegExp(source).test(text));
    }, { source: pattern.source }).catch(async (error) => {
      throw new Error(`no row is like ${pattern}:\n${(await this.rows()).join("\n")}`, { cause: error });
    });
  }

  /** Calls by hand with these settings: radio buttons by value, lists by value, boxes by true or false. */
  async call(settings = {}) {
    await this.page.click("#tab-hand");
    await this.choose({ caller: "supported", mode: "auto", callee: "supported", queue: false, prack: "", response: "", answer: "", offerless: false, fallback: false, ...settings });
    await this.page.click("#dial");
  }

  /** The callee sends a response. */
  async send(response = {}) {
    await this.page.waitForSelector("#send:enabled");
    await this.choose({ code: "180", reliable: "auto", sdp: false, wait: true, ...response });
    await this.page.click("#send");
  }

  /** Fills in a part of the form. */
  async choose(settings) {
    for (const [name, value] of Object.entries(settings)) {
      const field = `#hand [name="${name}"]`;
      if (typeof value === "boolean") await this.page.setChecked(field, value);
      else if (await this.page.$(`select[name="${name}"]`)) await this.page.selectOption(field, value);
      else await this.page.check(`${field}[value="${value}"]`);
    }
  }

  accept() {
    return this.page.click("#accept");
  }
}
