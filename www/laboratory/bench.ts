// The bench: two user agents of the package, a real server between them, and one call at a time.
// Everything that happens goes into the wire model, as messages and as sentences.

import { type Call, type ProgressOptions, type TraceEntry, UserAgent, type UserAgentOptions } from "prackle";
import type { DemoUser } from "../account.js";
import { Desk } from "./desk.js";
import { ending, oddity, prackAnswer, type Reason } from "./reasons.js";
import { cannedSdp } from "./sdp.js";
import { type LabSettings, PLAIN, targetOf } from "./settings.js";
import { type MessageRow, type NoteRow, type Side, WireModel } from "./wire-model.js";

/** Where the bench is. */
export interface BenchPlace {
  /** The address of the WebSocket. */
  server: string;
  domain: string;
  /** Who is called. */
  callee: DemoUser;
  /** Whose password the caller gives when a proxy asks. */
  caller: DemoUser;
}

/** The caller is a guest from elsewhere: nobody asks it for a password, and nobody rings at its end. */
const GUEST = "sip:caller@laboratory.invalid";
/** How long the last call may take to end before the next one begins, in ms. */
const FAREWELL = 3000;

/** The two user agents and their call. */
export class Bench {
  readonly wire = new WireModel();
  readonly place: BenchPlace;
  settings: LabSettings = PLAIN;
  /** The caller's end of the call. */
  call: Call | undefined;
  /** The callee's end of it. */
  desk: Desk | undefined;
  /** What was dialled last. */
  dialled = "";
  #changed: () => void;
  #caller: UserAgent;
  #callee: { ua: UserAgent; policy: LabSettings["callee"] } | undefined;
  #versions = 0;
  /** Responses whose repetition was explained. */
  #explained = new Set<number>();

  constructor(place: BenchPlace, changed: () => void) {
    this.place = place;
    this.#changed = changed;
    this.#caller = this.#open("caller", { uri: GUEST, displayName: "Caller", credentials: { username: place.caller.username, password: place.caller.password } });
  }

  /** Connects both sides, and registers the callee. */
  async start(): Promise<void> {
    await Promise.all([this.#caller.connect(), this.#register()]);
  }

  /** Whether the callee's phone knows of the call. */
  get isCalled(): boolean {
    return this.desk !== undefined;
  }

  /** Ends the call that goes on and clears the wire. */
  async clear(): Promise<void> {
    const ended = Promise.all([this.call?.hangup(), this.desk?.call.ended]);
    this.call = this.desk = undefined;
    this.wire.clear();
    this.#explained.clear();
    this.#changed();
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, FAREWELL))]);
    this.wire.clear();
  }

  /** Calls, with the settings as they are now. */
  async dial(): Promise<void> {
    await this.#register();
    const { settings, place } = this;
    this.desk = undefined;
    this.dialled = targetOf(place.callee.username, place.domain, settings);
    this.#take(this.#caller.call(this.dialled, { rel100: settings.caller, rel100Fallback: settings.fallback, offerless: settings.offerless }));
    this.#changed();
  }

  /** The callee sends a provisional response. */
  progress(options: ProgressOptions): void {
    this.desk?.progress(options);
  }

  /** The callee takes the call. */
  accept(): void {
    this.desk?.accept();
  }

  /** The callee declines. */
  reject(status: number): void {
    this.desk?.call.reject({ status });
  }

  /** The caller gives up, or hangs up. */
  hangup(): void {
    void this.call?.hangup();
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    await Promise.all([this.#caller.close(), this.#callee?.ua.close()]);
  }

  #open(side: Side, options: Pick<UserAgentOptions, "uri" | "displayName" | "credentials" | "rel100">): UserAgent {
    const ua = new UserAgent({ ...options, servers: this.place.server, media: "manual", trace: true, traceLength: 1 });
    let offset: number | undefined;
    ua.addEventListener("trace", ({ entry }) => {
      offset ??= Date.now() - entry.at;
      this.#sight(side, entry, entry.at + offset);
    });
    ua.addEventListener("diagnostic", ({ code }) => {
      const odd = oddity(code);
      if (odd) this.#note(side, "bad", odd.text, odd.rfc);
    });
    ua.addEventListener("invite", ({ call }) => this.#invited(call));
    return ua;
  }

  /** The callee's policy is its user agent's: another one takes its place. */
  async #register(): Promise<void> {
    const policy = this.settings.callee;
    if (this.#callee?.policy === policy) return;
    await this.#callee?.ua.close();
    const { uri, username, password } = this.place.callee;
    const ua = this.#open("callee", { uri, displayName: "Callee", credentials: { username, password }, rel100: policy });
    this.#callee = { ua, policy };
    await ua.connect();
    await ua.register();
  }

  #take(call: Call): void {
    this.call = call;
    this.#describe(call);
    call.addEventListener("prackfailed", ({ code }) => {
      if (code === undefined) this.#explain(prackAnswer(code)); // a response explains itself
    });
    call.addEventListener("failed", ({ cause, status }) => {
      this.#explain(ending(cause) ?? { text: `The call has failed: ${[status, cause].filter(Boolean).join(", ")}.` });
    });
    call.addEventListener("statechange", () => this.#changed());
  }

  #invited(call: Call): void {
    this.#describe(call);
    const say = (tone: NoteRow["tone"], text: string, rfc?: string): void => this.#note("callee", tone, text, rfc);
    this.desk = new Desk(call, () => this.wire.handshakes.outstanding, say, () => this.#changed());
    call.addEventListener("noprack", () => say("bad", "32 s without a PRACK: the callee gives up and says 504.", "RFC 3262 section 3"));
    call.addEventListener("cancel", () => say("", "The caller has given up: nothing is repeated any more.", "RFC 3261 section 9.2"));
    call.addEventListener("statechange", () => this.#changed());
    this.#changed();
  }

  /** There are no media here: the descriptions are always the same. */
  #describe(call: Call): void {
    call.addEventListener("describe", (event) => event.respondWith(cannedSdp(++this.#versions)));
  }

  #sight(side: Side, { direction, text }: Pick<TraceEntry, "direction" | "text">, at: number): void {
    const row = this.wire.add({ side, at, direction, text });
    if (!row) return;
    if (side === "callee" && direction === "sent") this.desk?.left(row);
    if (side === "caller") this.#comment(row, direction === "sent");
    this.#changed();
  }

  /** Says what the caller makes of a message. */
  #comment(row: MessageRow, isSent: boolean): void {
    const { method, status } = row.glance;
    if (isSent) return;
    if (method === "PRACK") this.#explain(prackAnswer(status ?? 200));
    else if (status === 420 || status === 421) this.#fallBack(status);
    else this.#heard(row);
  }

  #fallBack(status: number): void {
    if (!this.settings.fallback) return;
    const how = status === 420 ? "without 100rel" : "with 100rel";
    this.#note("caller", "", `The caller may try once more, and does: the same call, ${how}.`, "RFC 3261 section 8.1.3.5");
  }

  /** Says once why the caller does not acknowledge what it has heard before. */
  #heard(row: MessageRow): void {
    const handshake = this.wire.handshakeOf(row);
    if (row.glance.rseq === undefined || handshake?.pracked !== true || this.#explained.has(handshake.id)) return;
    this.#explained.add(handshake.id);
    this.#note("caller", "", `The same ${handshake.status} again: the caller acknowledges each number once, and keeps silent.`, "RFC 3262 section 4");
  }

  #explain(why: Reason | undefined): void {
    if (why) this.#note("caller", "bad", why.text, why.rfc);
  }

  #note(side: Side, tone: NoteRow["tone"], text: string, rfc?: string): void {
    this.wire.note({ side, at: Date.now(), tone, text, rfc });
    this.#changed();
  }
}
