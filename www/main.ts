// Puts the page together: account -> line -> phone, ladder and log.

import { type Account, type Demo, domainOf, initialAccount, keepAccount, loadDemo } from "./account.js";
import { byId } from "./dom.js";
import { logged } from "./event-fields.js";
import { Ladder } from "./ladder.js";
import { Line } from "./line.js";
import { EventLog } from "./log.js";
import { Phone } from "./phone.js";
import { Settings } from "./settings.js";
import { shortUri } from "./sip-text.js";
import { Views } from "./views.js";

/** For the console of the browser, and for tests: what the page is working with at the moment. */
export interface Handle {
  /** The user agent, once it was started. */
  readonly ua: Line["ua"];
  /** The call that is going on. */
  readonly call: NonNullable<Line["talk"]>["call"] | undefined;
  /** The line: registration and call as the page sees them. */
  readonly line: Line;
}

declare global {
  interface Window {
    prackle: Handle;
  }
}

const demo = await loadDemo();
const ladder = new Ladder();
const log = new EventLog();
const views = new Views();
let line = makeLine(await initialAccount(demo));
const phone = new Phone(() => line);
const settings = new Settings(() => line.account, (account) => void change(account));

window.prackle = {
  get ua() {
    return line.ua;
  },
  get call() {
    return line.talk?.call;
  },
  get line() {
    return line;
  },
};

settings.offer(demo);
show(line.account, demo);
if (line.account.uri === "") settings.open(line.account);
// When a page is hidden for good Firefox has closed its WebSockets already: nobody would be told.
for (const leaving of ["beforeunload", "pagehide"]) window.addEventListener(leaving, () => void line.unregister());

function makeLine(account: Account): Line {
  keepAccount(account);
  return new Line(account, {
    changed: () => {
      phone.render();
      views.follow(line.talk);
    },
    message: (entry) => ladder.add(entry),
    event: (source, event) => log.add(...logged(source, event)),
  });
}

async function change(account: Account): Promise<void> {
  await line.unregister();
  line = makeLine(account);
  show(account, demo);
}

function show(account: Account, demo: Demo | undefined): void {
  ladder.name(`${shortUri(account.uri) || "this page"} (this page)`, account.server || domainOf(account));
  phone.offer(demo);
  phone.render();
  byId("phone").dataset["ready"] = "true";
}
