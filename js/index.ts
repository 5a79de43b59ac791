// For projects whose `lib` is older than Symbol.asyncDispose; the declarations keep this line.
/// <reference lib="esnext.disposable" preserve="true" />

/**
 * Prackle: a SIP user agent for the browser (SIP over WebSocket, RFC 7118) with complete reliable
 * provisional responses (RFC 3262). Importing has no side effects.
 *
 * @packageDocumentation
 */

export { UserAgent } from "./user-agent.js";
export { MediaError, Rel100Error, SipError } from "./errors.js";
export { load } from "./engine/load.js";
export { readMessage } from "./message.js";
export { PeerConnectionMedia } from "./media/peer-connection.js";

export type { Acknowledged, Call } from "./call.js";
export type { Answered, CallDialog } from "./call-course.js";
export type { PendingReliable } from "./pending.js";
export type { MediaErrorCode, Rel100Code, SipErrorCode, SipErrorDetails } from "./errors.js";
export type { TypedEventTarget, TypedListener } from "./target.js";
export type * from "./agent-events.js";
export type {
  AcceptedEvent, CallEnd, CallEndedEvent, CallEventMap, CallState, ConfirmedEvent, DialogEndedEvent, ForkEvent, NoAckEvent,
  StateChangeEvent,
} from "./call-events.js";
export type { CancelEvent, InfoEvent, ReinviteEvent, RenegotiatedEvent, UpdateEvent } from "./inside-events.js";
export type { DescribeEvent, MediaEvent, RemoteDescriptionEvent, RollbackEvent } from "./media-events.js";
export type {
  CallProgressEvent, NoPrackEvent, OfferRejectedEvent, PrackAutoEvent, PrackEvent, PrackFailedEvent, PrackResponseEvent,
} from "./progress-events.js";
export type {
  Abortable, AcceptOptions, CallOptions, Challenge, CredentialsProvider, DtmfOptions, HangupOptions, HeaderFields,
  PrackOptions, ProgressOptions, RegisterOptions, RejectOptions, RequestOptions, Server, UnregisterOptions,
  UpdateOptions, UserAgentOptions,
} from "./options.js";
export type { Engine, EngineFactory } from "./engine/engine.js";
export type { WasmSource } from "./engine/load.js";
export type {
  MediaContext, MediaHandler, MediaHandlerFactory, MediaOptions, MediaSettings, RemoteDescription,
} from "./media/handler.js";
export type {
  Address, CSeq, MalformedMessage, RAck, RequestMessage, ResponseMessage, SessionExpires, SipMessage, Via,
} from "./message.js";
export type { MessageTold, SipResponse } from "./fields.js";
export type { Levels } from "./media/levels.js";
export type {
  Cause, Command, Config, ConnectionState, CoreEvent, Credentials, DialogState, Direction, EndedBy, Field, OnFork, Party,
  PeerRel100, PrackMode, ProgressKind, Refusal, RegistrationState, Reinvites, Rel100, ReliableProgress, Severity,
  TraceEntry,
} from "./protocol.js";
