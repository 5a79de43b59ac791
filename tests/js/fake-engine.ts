/** A scripted engine: commands are noted, events are told when a test says so. */

import { UserAgent } from "../../js/index.js";
import type { Call, Engine, UserAgentOptions } from "../../js/index.js";
import type { Command, Config, CoreEvent, Failure, Refusal, TraceEntry } from "../../js/protocol.js";

export type CommandName = Exclude<Command, string> extends infer C ? (C extends unknown ? keyof C : never) : never;
export type CommandBody<Name extends CommandName> = Extract<Exclude<Command, string>, Record<Name, unknown>>[Name];

export class FakeEngine implements Engine {
  readonly commands: Command[] = [];
  closed = 0;
  /** What the next commands meet: a refusal, or something thrown. */
  refuse: ((command: Command) => Refusal | undefined) | undefined;
  /** Thrown by `take`, as after a trap in the midst of a received frame. */
  broken: Error | undefined;
  readonly #notify: () => void;
  #events: CoreEvent[] = [];

  constructor(readonly config: Config, notify: () => void) {
    this.#notify = notify;
  }

  command(command: Command): Refusal | undefined {
    const refusal = this.refuse?.(command);
    if (refusal === undefined) this.commands.push(command);
    return refusal;
  }

  take(): CoreEvent[] {
    if (this.broken !== undefined) throw this.broken;
    return this.#events.splice(0);
  }

  trace(): TraceEntry[] {
    return [{ at: 1, direction: "sent", flow: 0, text: "OPTIONS sip:x SIP/2.0", fault: undefined }];
  }

  close(): void {
    this.closed += 1;
  }

  /** Tells events, and waits until they were handed out. */
  async tell(...events: CoreEvent[]): Promise<void> {
    this.#events.push(...events);
    queueMicrotask(this.#notify);
    await turn();
  }

  /** The commands of one name, in order. */
  all<Name extends CommandName>(name: Name): CommandBody<Name>[] {
    return this.commands.flatMap((command) => (typeof command === "object" && name in command
      ? [(command as unknown as Record<Name, CommandBody<Name>>)[name]]
      : []));
  }

  /** The last command of one name. */
  last<Name extends CommandName>(name: Name): CommandBody<Name> {
    const found = this.all(name).at(-1);
    if (found === undefined) throw new Error(`no command ${name}`);
    return found;
  }
}

export interface Connected {
  ua: UserAgent;
  engine: FakeEngine;
}

export const OPTIONS = { uri: "sip:alice@example.com", servers: ["wss://one.example.com"] } satisfies UserAgentOptions;

/** A user agent on a fake engine, which is there from the first connect() on. */
export function agentOn(options: Partial<UserAgentOptions> = {}): { ua: UserAgent; engines: FakeEngine[] } {
  const engines: FakeEngine[] = [];
  const ua = new UserAgent({
    ...OPTIONS,
    engine: (config, notify) => {
      const engine = new FakeEngine(config, notify);
      engines.push(engine);
      return Promise.resolve(engine);
    },
    ...options,
  });
  return { ua, engines };
}

/** The same, connected. */
export async function connected(options: Partial<UserAgentOptions> = {}): Promise<Connected> {
  const { ua, engines } = agentOn(options);
  const opening = ua.connect();
  await turn();
  const engine = engines[0];
  if (engine === undefined) throw new Error("no engine was made");
  await engine.tell(connection("connecting"), connection("connected"));
  await opening;
  return { ua, engine };
}

/** A call that came in as number 2^31. */
export async function incoming({ ua, engine }: Connected): Promise<Call> {
  const invited = new Promise<Call>((resolve) => {
    ua.addEventListener("invite", ({ call }) => { resolve(call); }, { once: true });
  });
  await engine.tell({
    type: "invite", call: INCOMING, from: party("sip:bob@example.com"), to: party(OPTIONS.uri),
    peerRel100: "supported", offer: true, headers: "Subject:tea",
  });
  return invited;
}

export const INCOMING = 2 ** 31;

export function party(uri: string): { uri: string; displayName: undefined } {
  return { uri, displayName: undefined };
}

export function connection(
  state: "connecting" | "connected" | "disconnected", retryIn?: number,
): Extract<CoreEvent, { type: "connection" }> {
  const failure = state === "disconnected"
    ? { cause: "connection" as const, status: undefined, reason: "refused", retryAfter: undefined }
    : undefined;
  return { type: "connection", state, server: OPTIONS.servers[0], retryIn, failure };
}

export function failure(cause: Failure["cause"]): Failure {
  return { cause, status: undefined, reason: undefined, retryAfter: undefined };
}

export function settled(
  request: number, rest: Partial<Extract<CoreEvent, { type: "settled" }>> = {},
): Extract<CoreEvent, { type: "settled" }> {
  return { type: "settled", request, failure: undefined, response: undefined, rseq: undefined, ...rest };
}

export function progress(
  call: number, status: number, rest: Partial<Extract<CoreEvent, { type: "progress" }>> = {},
): Extract<CoreEvent, { type: "progress" }> {
  return {
    type: "progress", call, status, dialog: 0, reason: "", reliable: false, rseq: undefined, kind: "none", prack: false, headers: "", ...rest,
  };
}

export function accepted(call: number): Extract<CoreEvent, { type: "accepted" }> {
  return { type: "accepted", call, dialog: 0, status: 200, headers: "Contact:<sip:bob@host>" };
}

export function ended(
  call: number, rest: Partial<Extract<CoreEvent, { type: "ended" }>> = {},
): Extract<CoreEvent, { type: "ended" }> {
  return {
    type: "ended", call, by: "remote", status: undefined, cause: "bye", reason: undefined, answeredElsewhere: false,
    durationMs: 0, retryAfter: undefined, contacts: [], ...rest,
  };
}

/** Lets everything that is due, happen. */
export function turn(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}

/** Gathers the names of the events of a target. */
export function record(target: EventTarget, ...names: string[]): Event[] {
  const seen: Event[] = [];
  for (const name of names) target.addEventListener(name, (event) => seen.push(event));
  return seen;
}
