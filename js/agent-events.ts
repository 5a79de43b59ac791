/** The events of a {@link UserAgent}, one class each, and the map from their names. */

import type { Call } from "./call.js";
import type { SipError } from "./errors.js";
import { MessageTold } from "./fields.js";
import type { ConnectionState, Party, RegistrationState, Severity, TraceEntry } from "./protocol.js";

/** The names of a user agent's events. */
export interface UserAgentEventMap {
  /** The connection changed its state. */
  connection: ConnectionEvent;
  /** The registration changed its state. */
  registration: RegistrationEvent;
  /** A call came in. */
  invite: InviteEvent;
  /** A text came in (RFC 3428). */
  message: SipMessageEvent;
  /** A SIP message was sent or received; only with the option `trace: true`. */
  trace: TraceEvent;
  /** Something odd that no application logic depends on. */
  diagnostic: DiagnosticEvent;
  /** The user agent itself failed: `engine-failed` is final, every call has ended. */
  error: AgentErrorEvent;
}

/** The connection changed its state. */
export class ConnectionEvent extends Event {
  /** @internal */
  constructor(
    /** The new state: `connecting`, `connected` or `disconnected`. */
    readonly state: ConnectionState,
    /** The server's address. */
    readonly server: string | undefined,
    /** When connecting again by itself: in how many ms. */
    readonly retryIn: number | undefined,
    /** Why the connection was lost, or could not be made. */
    readonly error: SipError | undefined,
  ) {
    super("connection");
  }
}

/** The registration changed its state. */
export class RegistrationEvent extends Event {
  /** @internal */
  constructor(
    /** The new state: `registering`, `registered`, `unregistering` or `unregistered`. */
    readonly state: RegistrationState,
    /** The lifetime that the registrar granted, in seconds. */
    readonly expires: number | undefined,
    /** When trying again by itself: in how many ms. */
    readonly retryIn: number | undefined,
    /** Why it failed, or was lost. */
    readonly error: SipError | undefined,
  ) {
    super("registration");
  }
}

/**
 * A call came in.
 *
 * @example
 * ```ts
 * ua.addEventListener("invite", ({ call }) => {
 *   void call.progress({ code: 180 });
 *   answerButton.onclick = () => call.accept({ media: { audio: true } });
 * });
 * ```
 */
export class InviteEvent extends Event {
  /** @internal */
  constructor(
    /** The call; it rings until it is accepted, rejected or cancelled. */
    readonly call: Call,
  ) {
    super("invite");
  }
}

/** A text came in (RFC 3428); it has been answered with 200. */
export class SipMessageEvent extends MessageTold {
  /** @internal */
  constructor(
    /** Who sent it. */
    readonly from: Party,
    /** The body. */
    readonly body: string,
    /** Its content type. */
    readonly contentType: string | undefined,
    headers: string,
  ) {
    super("message", headers);
  }
}

/** A SIP message was sent or received. Credentials in it are replaced by `***`. */
export class TraceEvent extends Event {
  /** @internal */
  constructor(
    /** The message, when and which way it went. */
    readonly entry: TraceEntry,
  ) {
    super("trace");
  }
}

/** Something odd that no application logic depends on. */
export class DiagnosticEvent extends Event {
  /** @internal */
  constructor(
    /** The stable name: `rseq-gap`, `stray-prack` ... */
    readonly code: string,
    /** How grave. */
    readonly severity: Severity,
    /** Of which call, when of one. */
    readonly call: Call | undefined,
  ) {
    super("diagnostic");
  }
}

/** The user agent failed, or a function of the application did that it depends on. */
export class AgentErrorEvent extends Event {
  /** @internal */
  constructor(
    /** What happened. */
    readonly error: Error,
  ) {
    super("error");
  }
}
