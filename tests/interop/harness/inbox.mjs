// What has arrived, in order, and those who wait for what has not: a case says what it expects
// next, and never sleeps.

/** How long anything may take that is not itself a matter of time. */
export const PATIENCE_MS = 15_000;

/** Things that came, each to be taken once. */
export class Inbox {
  #items = [];
  #waiting = [];
  #name;

  constructor(name) {
    this.#name = name;
  }

  /** Everything that came so far. */
  get items() {
    return this.#items.map(({ item }) => item);
  }

  push(item) {
    const entry = { item, taken: false };
    this.#items.push(entry);
    const index = this.#waiting.findIndex(({ wanted }) => wanted(item));
    if (index < 0) return;
    entry.taken = true;
    const [{ resolve }] = this.#waiting.splice(index, 1);
    resolve(item);
  }

  /**
   * The first thing not taken yet that is as wanted, now or when it comes. `passed` tells what
   * counts as taken, too, when it came before.
   */
  take(what, wanted, within = PATIENCE_MS, passed = () => false) {
    const at = this.#items.findIndex(({ item, taken }) => !taken && wanted(item));
    for (const entry of this.#items.slice(0, at < 0 ? undefined : at)) entry.taken ||= passed(entry.item);
    if (at >= 0) {
      this.#items[at].taken = true;
      return Promise.resolve(this.#items[at].item);
    }
    return new Promise((resolve, reject) => {
      const waiter = { wanted, resolve };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(new Error(`${this.#name}: no ${what} within ${within} ms`));
      }, within);
      waiter.resolve = (item) => {
        clearTimeout(timer);
        resolve(item);
      };
      this.#waiting.push(waiter);
    });
  }
}
