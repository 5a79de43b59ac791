/** Where an example of the documentation is played: the package on its real engine, and a scripted far end. */

import * as prackle from "../../../js/index.js";
import { UserAgent } from "../../../js/index.js";
import type { Call, UserAgentOptions } from "../../../js/index.js";
import { Callee, Caller } from "../far-end.js";
import { drawer, incomingCall, online } from "../real-engine.js";
import { SipPeer } from "../sip-peer.js";
import type { Example } from "./extract.js";

/** Plays an example and judges what it did. */
export type Scenario = (stage: Stage) => Promise<void>;

/** One example and everything that it needs. */
export class Stage {
  /** `UserAgent` for examples that make one: whatever server they name, the far end is here. */
  readonly LocalAgent: typeof UserAgent;
  /** What the example gave to `console.log`, a line each. */
  readonly logged: string[] = [];
  readonly #agents: UserAgent[] = [];
  #asleep = 0;
  #wake = (): void => undefined;

  private constructor(readonly example: Example, readonly peer: SipPeer) {
    const agents = this.#agents;
    this.LocalAgent = class extends UserAgent {
      constructor(options: UserAgentOptions) {
        super({ media: { handler: drawer() }, ...options, servers: peer.url });
        agents.push(this);
      }
    };
  }

  static async set(example: Example): Promise<Stage> {
    return new Stage(example, await SipPeer.start());
  }

  /** The user agents so far. */
  get agents(): readonly UserAgent[] {
    return this.#agents;
  }

  /** A connected user agent. */
  async agent(options?: Partial<UserAgentOptions>): Promise<UserAgent> {
    const ua = await online(this.peer, options);
    this.#agents.push(ua);
    return ua;
  }

  /** Runs the example with these names in scope; settles when its last `await` has. */
  async run(scope: Record<string, unknown> = {}): Promise<void> {
    const log = (...values: unknown[]): void => { this.logged.push(values.map(String).join(" ")); };
    const all = { ...prackle, console: { log }, ...scope };
    const body = this.example.code.replace(/^import .* from "prackle";$/m, "");
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the documentation is run as it stands
    const play = new Function(...Object.keys(all), `return (async () => {${body}\n})();`) as (...values: unknown[]) => Promise<void>;
    await play(...Object.values(all));
  }

  /** A call that bob makes, ready to be treated by an example. */
  async called(ua: UserAgent, headers?: string[], body?: string): Promise<{ call: Call; bob: Caller }> {
    const invited = incomingCall(ua);
    const bob = new Caller(this.peer);
    bob.invite(headers, body);
    return { call: await invited, bob };
  }

  /** A call that the example makes, as bob gets it. */
  callee(tag?: string): Promise<Callee> {
    return Callee.of(this.peer, tag);
  }

  /** Lets time pass as if the machine slept: the engine notices at its next timer. */
  sleep(ms: number): void {
    if (this.#asleep === 0) {
      const { now } = Date;
      Date.now = () => now() + this.#asleep;
      this.#wake = () => { Date.now = now; };
    }
    this.#asleep += ms;
  }

  async close(): Promise<void> {
    await Promise.all(this.#agents.map((ua) => ua.close()));
    this.peer.stop();
    this.#wake();
  }
}
