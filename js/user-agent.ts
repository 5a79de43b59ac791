/** The user agent: one address of record, its connection, its registration, its calls. */

import {
  AgentErrorEvent, DiagnosticEvent, InviteEvent, RegistrationEvent, SipMessageEvent, TraceEvent,
} from "./agent-events.js";
import type { UserAgentEventMap } from "./agent-events.js";
import { courseOf } from "./call.js";
import type { Call } from "./call.js";
import { ForkEvent } from "./call-events.js";
import { Calls } from "./calls.js";
import { configOf } from "./config.js";
import { Connecting } from "./connecting.js";
import { DONE, Link, RESPONSE } from "./engine/link.js";
import type { Settled } from "./engine/link.js";
import { localEngine } from "./engine/local.js";
import { SipError, asError, failureError } from "./errors.js";
import type { SipResponse } from "./fields.js";
import { bodyOf, fieldsOf, numberIn, textOf } from "./options.js";
import type {
  Abortable, CallOptions, CredentialsProvider, RegisterOptions, RequestOptions, UnregisterOptions, UserAgentOptions,
} from "./options.js";
import { quiet, unlessAborted, within } from "./promises.js";
import type { Config, ConnectionState, CoreEvent, Party, RegistrationState, TraceEntry } from "./protocol.js";
import { TypedEventTarget } from "./target.js";

/** How long `close()` waits for the peers' last words, in ms. */
const FAREWELL_MS = 2000;

type Challenge = Extract<CoreEvent, { type: "challenge" }>;
type Fork = Extract<CoreEvent, { type: "fork" }>;
type Invite = Extract<CoreEvent, { type: "invite" }>;

/**
 * A SIP user agent (RFC 3261) over WebSocket (RFC 7118).
 *
 * @example
 * ```ts
 * const ua = new UserAgent({
 *   uri: "sip:alice@example.com",
 *   servers: "wss://edge.example.com",
 *   credentials: { username: "alice", password },
 * });
 * ua.addEventListener("invite", ({ call }) => void call.accept());
 * await ua.connect();
 * await ua.register();
 * ```
 */
export class UserAgent extends TypedEventTarget<UserAgentEventMap> {
  readonly #options: UserAgentOptions;
  readonly #config: Config;
  readonly #connecting: Connecting;
  readonly #calls: Calls;
  /** The caller of all outgoing calls. */
  readonly #self: Party;
  #link: Link | undefined;
  #opening: Promise<Link> | undefined;
  #registration: RegistrationState = "unregistered";
  #fatal: SipError | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Nothing is loaded or opened yet.
   *
   * @param options - see {@link UserAgentOptions}
   * @throws TypeError when an option has the wrong shape
   */
  constructor(options: UserAgentOptions) {
    super();
    this.#config = configOf(options);
    this.#options = options;
    this.#connecting = new Connecting(this.#config.servers.length);
    this.#calls = new Calls(options.media);
    this.#self = { uri: this.#config.uri, displayName: this.#config.displayName };
  }

  /**
   * Loads the engine and connects to the first server that can be had. From then on the connection
   * is kept: when it is lost it is made again, with growing pauses (`connection` events tell).
   *
   * @throws SipError `load-failed`; or `connection` when no server could be had: trying goes on
   *   until {@link UserAgent.disconnect}
   * @throws TypeError when the configuration is wrong
   */
  async connect({ signal }: Abortable = {}): Promise<void> {
    signal?.throwIfAborted();
    this.#assertUsable();
    const opening = this.#open();
    try {
      const link = await unlessAborted(opening, signal);
      this.#assertUsable();
      if (this.connection === "connected") return;
      const connected = this.#connecting.wait();
      link.command("connect");
      await unlessAborted(connected, signal);
    } finally {
      // An engine that is still to come may have its connection already.
      if (signal?.aborted === true && this.connection !== "connected") opening.then(() => { this.disconnect(); }, () => undefined);
    }
  }

  /** Ends the connection and stays off. Calls end. */
  disconnect(): void {
    if (this.#fatal === undefined) this.#link?.command("disconnect");
    this.#connecting.giveUp(new SipError("closed", "disconnected"));
  }

  /**
   * Registers (RFC 3261 section 10) and keeps the registration fresh, over reconnects too.
   *
   * @returns the registrar's 200
   * @throws SipError `unauthorized`, `timeout`, `not-connected` ...
   */
  register({ signal, expires, headers }: RegisterOptions = {}): Promise<SipResponse> {
    const lifetime = numberIn(expires, 1, 0xffff_ffff, "expires");
    const fields = fieldsOf(headers);
    const outcome = this.#request(signal, (request) => ({ register: { request, expires: lifetime, headers: fields } }));
    return quiet(outcome);
  }

  /** Removes the registration; not only ours with `all`. */
  unregister({ signal, all = false }: UnregisterOptions = {}): Promise<SipResponse> {
    return quiet(this.#request(signal, (request) => ({ unregister: { request, all } })));
  }

  /**
   * Calls somebody. The call is there at once; its promises and events tell the rest.
   *
   * @param target - a `sip:`, `sips:` or `tel:` URI
   * @throws TypeError when an argument is wrong
   * @throws SipError `not-connected`
   * @throws the signal's reason when it was aborted before
   *
   * @example
   * ```ts
   * const call = ua.call("sip:bob@example.com", { media: { audio: true } });
   * call.addEventListener("media", ({ stream }) => { audio.srcObject = stream; });
   * await call.answered;
   * ```
   */
  call(target: string, options: CallOptions = {}): Call {
    const to = { uri: textOf(target, "target"), displayName: options.displayName };
    const timeout = numberIn(options.noAnswerTimeout, 1, 0xffff_ffff, "noAnswerTimeout");
    const headers = fieldsOf(options.headers);
    options.signal?.throwIfAborted();
    const link = this.#usableLink();
    const number = this.#calls.nextNumber();
    link.command({
      call: {
        call: number,
        target,
        options: {
          media: options.offerless === true ? "offerless" : "offer",
          rel100: options.rel100,
          prack: options.prack,
          rel100Fallback: options.rel100Fallback ?? false,
          displayName: options.displayName,
          headers,
          noAnswerTimeout: timeout,
        },
      },
    });
    const call = this.#calls.add({ link, number, direction: "outgoing", from: this.#self, to, headers: "", peerRel100: undefined }, options.media);
    if (options.signal !== undefined) courseOf(call).obey(options.signal);
    return call;
  }

  /**
   * Sends a text (RFC 3428).
   *
   * @returns the final response, a 2xx
   * @throws SipError for any other outcome
   */
  message(target: string, body: string, options: Omit<RequestOptions, "body"> = {}): Promise<SipResponse> {
    return this.#send("MESSAGE", target, { ...options, body });
  }

  /**
   * Asks what somebody can do (RFC 3261 section 11).
   *
   * @returns the final response, a 2xx
   * @throws SipError for any other outcome
   */
  options(target: string, options: RequestOptions = {}): Promise<SipResponse> {
    return this.#send("OPTIONS", target, options);
  }

  /** The last messages, oldest first; credentials are replaced by `***`. */
  trace(): TraceEntry[] {
    return this.#fatal === undefined ? this.#link?.trace() ?? [] : [];
  }

  /**
   * Hangs up every call, removes the registration, closes the connection and gives everything
   * back. Takes at most two seconds; never rejects. The user agent is of no use afterwards.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#shutDown());
  }

  /** The same as {@link UserAgent.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The state of the connection. */
  get connection(): ConnectionState {
    return this.#connecting.state;
  }

  /** The state of the registration. */
  get registration(): RegistrationState {
    return this.#registration;
  }

  /** The calls that have not ended. */
  get calls(): readonly Call[] {
    return this.#calls.all;
  }

  /** The address of record. */
  get uri(): string {
    return this.#config.uri;
  }

  #open(): Promise<Link> {
    this.#opening ??= this.#openLink().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #openLink(): Promise<Link> {
    const factory = this.#options.engine ?? localEngine(this.#options.wasm);
    const link = await Link.open(factory, this.#config, {
      receive: (event) => { this.#receive(event); },
      fail: (error) => { this.#fail(error); },
    });
    if (this.#closing !== undefined) {
      link.close();
    } else {
      this.#link = link;
      if (this.#options.trace === true) link.command({ trace: { live: true } });
    }
    return link;
  }

  #send(method: string, target: string, options: RequestOptions): Promise<SipResponse> {
    textOf(target, "target");
    const { contentType } = options;
    const [body, headers] = [bodyOf(options.body), fieldsOf(options.headers)];
    return this.#request(options.signal, (request) => (
      { request: { request, method, target, options: { body, contentType, headers } } }
    ));
  }

  /** Not async: a wrong argument is thrown at once. */
  #request(signal: AbortSignal | undefined, make: Parameters<Link["request"]>[0]): Promise<SipResponse> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    let link;
    try {
      link = this.#usableLink();
    } catch (error) {
      return Promise.reject(asError(error));
    }
    return unlessAborted(link.request(make, RESPONSE), signal);
  }

  #receive(event: Exclude<CoreEvent, Settled>): void {
    const told = this.#eventOf(event);
    if (told !== undefined) this.dispatchEvent(told);
  }

  /** Takes in what has happened; what the application is told of it here, and not by a call. */
  #eventOf(event: Exclude<CoreEvent, Settled>): Event | undefined {
    switch (event.type) {
      case "connection":
        return this.#connecting.receive(event);
      case "registration":
        this.#registration = event.state;
        return new RegistrationEvent(event.state, event.expires, event.retryIn, event.failure && failureError(event.failure));
      case "challenge":
        void this.#answerChallenge(event);
        return undefined;
      case "invite": {
        const call = this.#admit(event, "incoming", event.peerRel100);
        return call && new InviteEvent(call);
      }
      case "fork": {
        const call = this.#admit(event, "outgoing", undefined);
        if (call !== undefined) this.#calls.find(event.of)?.dispatchEvent(new ForkEvent(call));
        return undefined;
      }
      case "message":
        return new SipMessageEvent(event.from, event.body, event.contentType, event.headers);
      case "trace":
        return new TraceEvent(event);
      case "diagnostic":
        return new DiagnosticEvent(event.code, event.severity, this.#calls.find(event.call));
      default:
        this.#calls.receive(event);
        return undefined;
    }
  }

  /** Makes the object for a call that the core tells of; one that comes while closing is ended. */
  #admit(
    { call: number, from, to, headers }: Invite | Fork, direction: Call["direction"], peerRel100: Call["peerRel100"],
  ): Call | undefined {
    const link = this.#link;
    if (link === undefined) return undefined;
    if (this.#closing === undefined) return this.#calls.add({ link, number, direction, from, to, headers, peerRel100 });
    link.command(direction === "incoming" ? { reject: { call: number } } : { hangup: { call: number } });
    return undefined;
  }

  async #answerChallenge({ token, realm, algorithm, status }: Challenge): Promise<void> {
    const link = this.#link;
    const ask = this.#options.credentials as CredentialsProvider;
    let credentials;
    try {
      credentials = await ask({ realm, algorithm, status });
    } catch (thrown) {
      this.dispatchEvent(new AgentErrorEvent(asError(thrown)));
    }
    if (link === this.#link) link?.command({ credentials: { token, credentials } });
  }

  /** The engine broke: every call ends here, since the core can no longer tell. */
  #fail(error: SipError): void {
    this.#fatal = error;
    this.#registration = "unregistered";
    this.#connecting.giveUp(error);
    this.#calls.end("system", "engine-failed", error.message);
    this.dispatchEvent(new AgentErrorEvent(error));
  }

  async #shutDown(): Promise<void> {
    if (this.#link !== undefined && this.connection === "connected") await within(this.#sayGoodbye(), FAREWELL_MS);
    this.#connecting.giveUp(new SipError("closed", "the user agent is closed"));
    this.#link?.close();
    this.#link = undefined;
    this.#registration = "unregistered";
    this.#calls.end("local", "closed", "the user agent is closed");
  }

  async #sayGoodbye(): Promise<void> {
    try {
      await Promise.all(this.calls.map((call) => call.hangup()));
      if (this.#registration === "registered") {
        await this.#link?.request((request) => ({ unregister: { request, all: false } }), DONE);
      }
      this.#link?.command("disconnect");
    } catch {
      // What cannot be said is left unsaid: the connection goes either way.
    }
  }

  #usableLink(): Link {
    this.#assertUsable();
    if (this.#link === undefined) throw new SipError("not-connected", "connect() first");
    return this.#link;
  }

  #assertUsable(): void {
    if (this.#fatal !== undefined) throw this.#fatal;
    if (this.#closing !== undefined) throw new SipError("closed", "the user agent is closed");
  }
}
