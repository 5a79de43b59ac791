/**
 * What crosses the border to the core: plain objects, whose types are generated from the Rust
 * definitions. Nothing here is written by hand.
 *
 * This file stands directly below `js/` so that the one relative path holds in the sources and in
 * the package alike, where the declarations lie in `dist/` beside the generated file.
 */

export type {
  Answer,
  CallId,
  Cause,
  Command,
  Config,
  ConnectionState,
  Credentials,
  DescriptionKind,
  DialogNumber,
  DialogState,
  Direction,
  EndedBy,
  Event as CoreEvent,
  Failure,
  Field,
  OnFork,
  Party,
  PeerRel100,
  PrackMode,
  Progress,
  ProgressKind,
  Refusal,
  RefusalCode,
  RegistrationState,
  Reinvites,
  Rel100,
  ReliableProgress,
  RequestNumber,
  Severity,
  Token,
  TraceEntry,
} from "../dist/wasm/prackle.js";
