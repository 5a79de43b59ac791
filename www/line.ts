// The telephone line: the user agent of this tab, its registration, and at most one call.

import { type Call, type SipError, UserAgent } from "prackle";
import { type Account, domainOf } from "./account.js";
import { addressOf } from "./address.js";
import type { Entry } from "./ladder-model.js";
import { shortUri } from "./sip-text.js";
import { Talk, refuse } from "./talk.js";
import { type Outcome, capital, outcome, trouble } from "./words.js";

/** Where the line stands. */
export type Standing = "offline" | "connecting" | "registering" | "registered" | "waiting" | "failed";

/** Who is told what the line does. */
export interface LineWatch {
  changed(): void;
  message(entry: Entry): void;
  event(source: string, event: Event): void;
}

const EVENTS = ["connection", "registration", "invite", "message", "diagnostic", "error"] as const;

/** One line, for one account. */
export class Line {
  readonly account: Account;
  ua: UserAgent | undefined;
  standing: Standing = "offline";
  /** Why it is not registered, in human words. */
  trouble = "";
  /** When the next attempt is due, on the clock of `Date.now()`. */
  retryAt: number | undefined;
  talk: Talk | undefined;
  /** How the last call went. */
  outcome: (Outcome & { again: string }) | undefined;
  #watch: LineWatch;
  /** Who waits for the outcome of registering. */
  #waiting: (() => void)[] = [];
  /** From the first REGISTER on the user agent keeps the registration by itself, over reconnects too. */
  #isAsked = false;
  #calls = 0;
  #clockOffset: number | undefined;

  constructor(account: Account, watch: LineWatch) {
    this.account = account;
    this.#watch = watch;
  }

  /** Connects and registers. Resolves when that succeeded or failed; `standing` says which. */
  async register(): Promise<void> {
    this.#stand("connecting");
    let ua;
    try {
      ua = this.ua ??= this.#open();
    } catch (error) {
      this.#fail(error); // no address, or not one of a server
      return;
    }
    const settled = new Promise<void>((resolve) => this.#waiting.push(resolve));
    ua.connect().catch((error: unknown) => this.#fail(error)); // `connected` goes on from here
    await settled;
  }

  /** Hangs up, removes the registration and closes the connection. */
  async unregister(): Promise<void> {
    const { ua } = this;
    this.ua = undefined;
    this.#isAsked = false;
    this.#stand("offline");
    await ua?.close();
  }

  /** Calls a name, a number or an address; registers first when that has not happened. */
  async call(target: string): Promise<void> {
    if (this.talk || target.trim() === "") return;
    this.outcome = undefined;
    if (this.standing !== "registered") await this.register();
    if (this.standing !== "registered" || !this.ua) return;
    const uri = addressOf(target, domainOf(this.account));
    try {
      this.#take(this.ua.call(uri, { media: { audio: true }, ...this.#patience() }));
    } catch (error) {
      this.outcome = { title: `"${target}" cannot be called`, detail: trouble(error as Error), tone: "bad", again: "" };
      this.#changed();
    }
  }

  /** Forgets how the last call went. */
  dismiss(): void {
    this.outcome = undefined;
    this.#changed();
  }

  #patience(): { noAnswerTimeout?: number } {
    const seconds = Number(this.account.patience);
    return seconds > 0 ? { noAnswerTimeout: seconds * 1000 } : {};
  }

  #open(): UserAgent {
    const { uri, displayName, username, password, server, rel100, ice } = this.account;
    const ua = new UserAgent({
      uri,
      servers: [server],
      credentials: { username: username || shortUri(uri), password },
      rel100,
      trace: true,
      traceLength: 50, // the ladder keeps its own
      ...(displayName === "" ? {} : { displayName }),
      ...(ice === "" ? {} : { media: { iceServers: [{ urls: ice }] } }),
    });
    this.#listen(ua);
    return ua;
  }

  #listen(ua: UserAgent): void {
    for (const type of EVENTS) ua.addEventListener(type, (event: Event) => this.#watch.event("ua", event));
    ua.addEventListener("trace", ({ entry }) => this.#trace(entry));
    ua.addEventListener("connection", ({ state, retryIn, error }) => {
      if (ua !== this.ua) return;
      if (state === "connected") this.#connected(ua);
      else if (state === "connecting") this.#retrying();
      else this.#lost(error, retryIn);
    });
    ua.addEventListener("registration", ({ state, retryIn, error }) => {
      if (ua !== this.ua) return;
      if (state === "registered") this.#stand("registered");
      else if (state === "registering" && this.standing !== "registered") this.#stand("registering");
      // Without a connection there is a trouble to tell already, and a greater one.
      else if (state === "unregistered" && error && ua.connection === "connected") this.#unregistered(error, retryIn);
    });
    ua.addEventListener("invite", ({ call }) => this.#incoming(call));
  }

  #trace(entry: { at: number | bigint; direction: Entry["direction"]; text: string; fault?: string | undefined }): void {
    const at = Number(entry.at);
    this.#clockOffset ??= Date.now() - at;
    this.#watch.message({ at: at + this.#clockOffset, direction: entry.direction, text: entry.text, fault: entry.fault });
  }

  /** One line, one call: a second caller is told that we are busy. */
  #incoming(call: Call): void {
    if (this.talk) refuse(call, 486);
    else {
      this.outcome = undefined;
      this.#take(call);
      call.progress({ code: 180 }).catch(() => undefined); // a cancelled call needs no ringing
    }
  }

  #take(call: Call): void {
    const name = `call ${++this.#calls}`;
    const talk: Talk = new Talk(call, {
      changed: () => this.#watch.changed(),
      event: (event) => this.#watch.event(name, event),
      ended: (end) => {
        const { peer, incoming, uri } = talk;
        this.outcome = { ...outcome({ peer, incoming, end }), again: uri };
        this.talk = undefined;
        this.#watch.changed();
      },
    });
    this.talk = talk;
    this.#watch.changed();
  }

  #connected(ua: UserAgent): void {
    this.#stand("registering");
    if (this.#isAsked) return;
    this.#isAsked = true;
    ua.register().catch((error: unknown) => {
      this.#isAsked = false;
      this.#fail(error);
    });
  }

  #stand(standing: Standing): void {
    this.standing = standing;
    if (standing !== "connecting") this.trouble = "";
    this.retryAt = undefined;
    this.#changed();
  }

  #retrying(): void {
    this.standing = "connecting";
    this.retryAt = undefined;
    this.#changed();
  }

  #lost(error: SipError | undefined, retryIn: number | undefined): void {
    this.#wait(`${capital(trouble(error).replace(/\.$/, "") || "disconnected")}: ${this.account.server}.`, retryIn);
  }

  #unregistered(error: SipError, retryIn: number | undefined): void {
    this.#wait(`Not registered: ${trouble(error)}`, retryIn);
  }

  #wait(why: string, retryIn: number | undefined): void {
    this.standing = retryIn === undefined ? "failed" : "waiting";
    this.trouble = why;
    this.retryAt = retryIn === undefined ? undefined : Date.now() + retryIn;
    this.#changed();
  }

  #fail(error: unknown): void {
    if (this.standing !== "waiting") this.standing = "failed";
    if (this.trouble === "") this.trouble = trouble(error as Error);
    this.#changed();
  }

  #changed(): void {
    const isSettled = this.standing !== "connecting" && this.standing !== "registering";
    if (isSettled) for (const resolve of this.#waiting.splice(0)) resolve();
    this.#watch.changed();
  }
}
