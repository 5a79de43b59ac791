// Firefox as the distribution has it, driven by Puppeteer over WebDriver BiDi, behind the part of
// Playwright's interface that the tests use: Playwright drives only a Firefox of its own making.
import puppeteer from "puppeteer-core";

/** What is different from a Firefox at home. */
const PREFERENCES = {
  // A tone for a microphone.
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  // An AudioContext never starts where there is no sound device; this one plays to nobody.
  "media.cubeb.force_mock_context": true,
  "media.autoplay.default": 0,
};
// Nobody presses "allow" here: what would ask is refused.
const REFUSING = { "media.navigator.permission.disabled": false, "permissions.default.microphone": 2 };
/** Other names than Firefox's own search for settings are not looked up in tests that say this. */
const QUIET = { MOZ_REMOTE_SETTINGS_DEVTOOLS: "1" };
/** How often a condition is looked at, in ms, unless said otherwise. */
const POLLING = 50;

/** Starts Firefox; `microphone` is `granted` or `refused`. */
export async function startFirefox({ executablePath, microphone }) {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: true,
    env: { ...process.env, ...QUIET },
    extraPrefsFirefox: microphone === "refused" ? { ...PREFERENCES, ...REFUSING } : PREFERENCES,
  });
  return new Browser(browser);
}

class Browser {
  #browser;

  constructor(browser) {
    this.#browser = browser;
  }

  async newContext(options) {
    return new Context(await this.#browser.createBrowserContext(), options);
  }

  /** A page in a context of its own, which ends with it. */
  async newPage() {
    const context = await this.newContext();
    const page = await context.newPage();
    page.close = () => context.close();
    return page;
  }

  close() {
    return this.#browser.close();
  }
}

class Context {
  #context;
  #viewport;
  #scripts = [];

  constructor(context, { viewport } = {}) {
    this.#context = context;
    this.#viewport = viewport;
  }

  async addInitScript(script, argument) {
    this.#scripts.push([script, argument]);
  }

  // A window for each: the tabs behind the first are hidden, and a hidden one draws nothing and is slow.
  async newPage() {
    const page = await this.#context.newPage({ type: "window" });
    if (this.#viewport !== undefined) await page.setViewport(this.#viewport);
    for (const [script, argument] of this.#scripts) await page.evaluateOnNewDocument(script, argument);
    return new Page(page);
  }

  close() {
    return this.#context.close();
  }
}

class Page {
  #page;
  #timeout = 30_000;

  constructor(page) {
    this.#page = page;
  }

  get keyboard() { return this.#page.keyboard; }

  setDefaultTimeout(ms) {
    this.#timeout = ms;
    this.#page.setDefaultTimeout(ms);
  }

  on(event, listener) { this.#page.on(event, listener); }
  addInitScript(script, argument) { return this.#page.evaluateOnNewDocument(script, argument); }
  goto(url) { return this.#page.goto(url); }
  reload() { return this.#page.reload(); }
  close() { return this.#page.close(); }
  title() { return this.#page.title(); }
  screenshot(options) { return this.#page.screenshot(options); }
  evaluate(act, argument) { return this.#page.evaluate(act, argument); }

  waitForFunction(condition, argument, { polling = POLLING, timeout = this.#timeout } = {}) {
    return this.#page.waitForFunction(condition, { polling, timeout }, argument);
  }

  waitForSelector(selector, { state = "visible", timeout = this.#timeout } = {}) {
    return this.#page.waitForSelector(selector, { timeout, visible: state === "visible", hidden: state === "hidden" });
  }

  click(selector) { return this.#page.locator(selector).setTimeout(this.#timeout).click(); }
  fill(selector, text) { return this.#page.locator(selector).setTimeout(this.#timeout).fill(text); }

  async press(selector, key) {
    await this.#page.focus(selector);
    await this.#page.keyboard.press(key);
  }

  textContent(selector) { return this.#page.$eval(selector, (element) => element.textContent); }
  inputValue(selector) { return this.#page.$eval(selector, (element) => element.value); }
  isDisabled(selector) { return this.#page.$eval(selector, (element) => element.matches(":disabled")); }
  isVisible(selector) { return this.#page.$eval(selector, (element) => element.checkVisibility()); }
}
