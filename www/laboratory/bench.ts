// The bench: two user agents of the package, a real server between them, and one call at a time.
// Everything that happens goes into the wire model, as messages and as sentences.

import { type Call, type ProgressOptions, type TraceEntry, UserAgent, type UserAgentOptions } from "prackle";
import type { DemoUser } from "../account.js";
import { CalleeEnd } from "./callee.js";
import { CallerEnd } from "./caller.js";
import { oddity } from "./reasons.js";
import { cannedSdp } from "./sdp.js";
import { type LabSettings, PLAIN, keepingOf, targetOf } from "./settings.js";
import type { Say } from "./voice.js";
import { type Side, WireModel } from "./wire-model.js";

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
  caller: CallerEnd | undefined;
  /** The callee's end of it. */
  callee: CalleeEnd | undefined;
  /** What was dialled last. */
  dialled = "";
  #changed: () => void;
  #callerAgent: UserAgent;
  #calleeAgent: { ua: UserAgent; policy: LabSettings["callee"] } | undefined;
  #versions = 0;

  constructor(place: BenchPlace, changed: () => void) {
    this.place = place;
    this.#changed = changed;
    this.#callerAgent = this.#open("caller", { uri: GUEST, displayName: "Caller", credentials: { username: place.caller.username, password: place.caller.password } });
  }

  /** Connects both sides, and registers the callee. */
  async start(): Promise<void> {
    await Promise.all([this.#callerAgent.connect(), this.#register()]);
  }

  /** Whether the callee's phone knows of the call. */
  get isCalled(): boolean {
    return this.callee !== undefined;
  }

  /** Ends the call that goes on and clears the wire. */
  async clear(): Promise<void> {
    const ended = Promise.all([this.caller?.call.hangup(), this.callee?.call.ended]);
    this.caller = this.callee = undefined;
    this.wire.clear();
    this.#changed();
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, FAREWELL))]);
    this.wire.clear();
  }

  /** Calls, with the settings as they are now. */
  async dial(): Promise<void> {
    await this.#register();
    const { settings, place } = this;
    this.callee = undefined;
    this.wire.keeping = keepingOf(settings);
    this.dialled = targetOf(place.callee.username, place.domain, settings);
    const { caller: rel100, fallback: rel100Fallback, prack, offerless } = settings;
    const call = this.#callerAgent.call(this.dialled, { rel100, rel100Fallback, prack, offerless });
    this.#describe(call);
    this.caller = new CallerEnd(call, settings, this.#voice("caller", () => this.caller?.call === call), this.#changed);
    this.#changed();
  }

  /** The callee sends a provisional response. */
  progress(options: ProgressOptions): void {
    this.callee?.progress(options);
  }

  /** The callee takes the call. */
  accept(): void {
    this.callee?.accept();
  }

  /** The callee declines. */
  reject(status: number): void {
    this.callee?.call.reject({ status });
  }

  /** The caller acknowledges what waits longest, with an offer of its own on request. */
  prack(offer: boolean): void {
    this.caller?.prack(offer);
  }

  /** The caller gives up, or hangs up. */
  hangup(): void {
    void this.caller?.call.hangup();
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    await Promise.all([this.#callerAgent.close(), this.#calleeAgent?.ua.close()]);
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
      if (odd) this.#voice(side, () => true)("bad", odd);
    });
    ua.addEventListener("invite", ({ call }) => this.#invited(call));
    return ua;
  }

  /** The callee's policy is its user agent's: another one takes its place. */
  async #register(): Promise<void> {
    const policy = this.settings.callee;
    if (this.#calleeAgent?.policy === policy) return;
    await this.#calleeAgent?.ua.close();
    const { uri, username, password } = this.place.callee;
    const ua = this.#open("callee", { uri, displayName: "Callee", credentials: { username, password }, rel100: policy });
    this.#calleeAgent = { ua, policy };
    await ua.connect();
    await ua.register();
  }

  #invited(call: Call): void {
    this.#describe(call);
    const say = this.#voice("callee", () => this.callee?.call === call);
    this.callee = new CalleeEnd(call, () => this.wire.handshakes.outstanding, say, this.#changed);
    this.#changed();
  }

  /** There are no media here: the descriptions are always the same. */
  #describe(call: Call): void {
    call.addEventListener("describe", (event) => event.respondWith(cannedSdp(++this.#versions)));
  }

  #sight(side: Side, { direction, text }: Pick<TraceEntry, "direction" | "text">, at: number): void {
    const row = this.wire.add({ side, at, direction, text });
    if (!row) return;
    if (side === "caller" && direction === "sent") this.caller?.left(row);
    if (side === "caller" && direction === "received") this.caller?.heard(row, this.wire.handshakeOf(row));
    this.#changed();
  }

  /** What one end says; of a call that is not shown any more nothing is to be heard. */
  #voice(side: Side, isShown: () => boolean): Say {
    return (tone, { text, rfc }) => {
      if (!isShown()) return;
      this.wire.note({ side, at: Date.now(), tone, text, rfc });
      this.#changed();
    };
  }
}
