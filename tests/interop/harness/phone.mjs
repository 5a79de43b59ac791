// Prackle in a page, worked from here: commands go in, every event and every message on its
// WebSocket comes out.
import { Inbox } from "./inbox.mjs";
import { plain } from "./sdp.mjs";
import { Message } from "./sip.mjs";

/** A page with one user agent. */
export class Phone {
  #page;
  #calls = new Map();
  /** What went wrong unseen. */
  faults = [];

  constructor(tab, { user, password, domain, server }) {
    this.#page = tab.page;
    tab.listener = { tell: (...event) => this.#told(...event), fail: (error) => this.faults.push(error.message) };
    this.user = user;
    this.uri = `sip:${user}@${domain}`;
    this.#settings = { uri: this.uri, servers: [server].flat(), credentials: { username: user, password } };
    this.events = new Inbox(`${user}: events`);
    this.wire = new Inbox(`${user}: messages`);
  }

  #settings;

  /** Opens the page; the user agent connects. */
  async open(address, { media = "canned", ...options } = {}) {
    const page = this.#page;
    await page.goto(address);
    await page.waitForFunction(() => window.ready === true);
    const canned = media === "canned" ? { description: plain() } : media;
    await page.evaluate((all) => window.lab.start(all), { ...this.#settings, ...canned, ...options });
    return this;
  }

  #told(call, type, fields) {
    if (type === "trace") this.wire.push(Object.assign(new Message(Buffer.from(fields.entry.text)), { sent: fields.entry.direction === "sent", fault: fields.entry.fault }));
    else if (call === null) this.events.push({ type, ...fields });
    else this.#callOf(call).events.push({ type, ...fields });
  }

  #callOf(id) {
    if (!this.#calls.has(id)) this.#calls.set(id, new PhoneCall(this, id));
    return this.#calls.get(id);
  }

  /** Calls a method of the user agent: what it resolves with. Rejects with its error. */
  do(method, ...args) {
    return settled(this.#page.evaluate(([name, list]) => window.lab.agent(name, list), [method, args]));
  }

  register(options = {}) {
    return this.do("register", options);
  }

  /** Begins a call. */
  async call(target, options = {}) {
    return this.#callOf(await this.#page.evaluate(([to, how]) => window.lab.call(to, how), [target, options]));
  }

  /** The next call that comes in. */
  async incoming(within) {
    const invite = await this.event("invite", {}, within);
    return Object.assign(this.#callOf(invite.id), { invite });
  }

  /** The next event of the user agent with these fields; those of the same type before it are past. */
  event(type, fields = {}, within) {
    return this.events.take(`event ${type}`, ...eventLike(type, fields, within));
  }

  /** The next message that left: a request by its method, a response by its status (and the method that it answers). */
  sent(what, within, method) {
    return this.wire.take(`${what} sent`, (one) => one.sent && isA(one, what, method), within);
  }

  /** The next message that came, told likewise. */
  received(what, within, method) {
    return this.wire.take(`${what} received`, (one) => !one.sent && isA(one, what, method), within);
  }

  /** How many events of a type there were. */
  count(type) {
    return this.events.items.filter((one) => one.type === type).length;
  }

  /** How many messages of this kind have left so far. */
  countSent(what) {
    return this.wire.items.filter((one) => one.sent && isA(one, what)).length;
  }

  /** What the media layer was asked, in order. */
  mediaLog() {
    return this.#page.evaluate(() => window.lab.mediaLog);
  }

  /** Runs a function in the page. */
  evaluate(work, argument) {
    return this.#page.evaluate(work, argument);
  }
}

/** A call in the page. */
export class PhoneCall {
  constructor(phone, id) {
    this.phone = phone;
    this.id = id;
    this.events = new Inbox(`${phone.user}: call ${id}`);
  }

  /** Calls a method of the call: what it resolves with. Rejects with its error. */
  do(method, ...args) {
    return settled(this.phone.evaluate(([id, name, list]) => window.lab.of(id, name, list), [this.id, method, args]));
  }

  /** The next event with these fields; those of the same type before it are past. */
  event(type, fields = {}, within) {
    return this.events.take(`event ${type} ${JSON.stringify(fields)}`, ...eventLike(type, fields, within));
  }

  /** How many events of a type there were. */
  count(type) {
    return this.events.items.filter((one) => one.type === type).length;
  }

  /** Waits for `answered`; rejects when the call fails. */
  answered() {
    return settled(this.phone.evaluate((id) => window.lab.promise(id, "answered"), this.id));
  }

  /** Waits for the end. */
  ended() {
    return settled(this.phone.evaluate((id) => window.lab.promise(id, "ended"), this.id));
  }

  /** Acknowledges a provisional response by hand. */
  prack(rseq, options = {}) {
    return settled(this.phone.evaluate(([id, number, how]) => window.lab.prack(id, number, how), [this.id, rseq, options]));
  }

  /** Hangs up, and waits until it is over. */
  hangup() {
    return this.do("hangup");
  }

  state() {
    return this.phone.evaluate((id) => window.lab.state(id), this.id);
  }

  /** Waits until a tone is heard. */
  async hears(frequency, within = 15_000) {
    const deadline = performance.now() + within;
    for (;;) {
      const loudness = await this.phone.evaluate(([id, tone]) => window.lab.loudness(id, tone), [this.id, frequency]);
      if (loudness > -50) return;
      if (performance.now() > deadline) throw new Error(`${this.phone.user}: nothing at ${frequency} Hz (${loudness} dB)`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

/** What came of it. A case that has failed elsewhere waits for it no more, which is no fault. */
function settled(outcome) {
  const promise = outcome.then(({ value, error }) => {
    if (error === undefined) return value;
    throw Object.assign(new Error(error.message), error);
  });
  promise.catch(() => {});
  return promise;
}

const isA = (message, what, method = message.method) => (message.isRequest ? message.method : message.status) === what && message.method === method;

/** Events of a type are taken in order: the ones before are past. */
const eventLike = (type, fields, within) => [(one) => one.type === type && matches(one, fields), within, (one) => one.type === type];

const matches = (event, fields) => Object.entries(fields).every(([name, value]) => event[name] === value);
