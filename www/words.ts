// What happened, in human words.

import type { CallEnd, SipError } from "prackle";

/** How a call went, for the notice that stays. */
export interface Outcome {
  title: string;
  detail: string;
  tone: "" | "good" | "warn" | "bad";
  /** The far end is talking to somebody else. */
  isBusy?: boolean;
}

/** What the outcome of a call is told with. */
export interface Told {
  peer: string;
  incoming: boolean;
  end: CallEnd;
}

/** What the far end's refusal means: a sentence, and how grave it is. */
const REFUSALS: Partial<Record<CallEnd["cause"], (peer: string) => Outcome>> = {
  busy: (peer) => ({ title: `${peer} is busy`, detail: "", tone: "warn", isBusy: true }),
  "not-found": (peer) => ({ title: `${peer} was not found`, detail: "The server knows nobody by this name.", tone: "warn" }),
  "no-answer": (peer) => ({ title: `${peer} did not answer`, detail: "", tone: "warn" }),
  timeout: (peer) => ({ title: `${peer} did not answer`, detail: "", tone: "warn" }),
  rejected: (peer) => ({ title: `${peer} declined the call`, detail: "", tone: "warn" }),
  redirected: (peer) => ({ title: `${peer} is elsewhere`, detail: "The server names another address.", tone: "warn" }),
  unauthorized: () => ({ title: "The server refused the call", detail: "User name or password are wrong, or this user may not call.", tone: "bad" }),
  "not-acceptable": (peer) => ({ title: `No common audio format with ${peer}`, detail: "", tone: "bad" }),
  "server-error": () => ({ title: "The server failed", detail: "", tone: "bad" }),
  "bad-extension": (peer) => ({ title: `${peer} cannot do what was required`, detail: "Reliable provisional responses (100rel) were required.", tone: "bad" }),
  "extension-required": (peer) => ({ title: `${peer} requires reliable provisional responses`, detail: "They are switched off in the settings.", tone: "bad" }),
};

/** What went wrong on this side. */
const TROUBLES: Partial<Record<string, string>> = {
  connection: "The connection to the server was lost",
  closed: "This phone was switched off",
  "media-denied": "The microphone was refused",
  "media-missing": "There is no microphone",
  "media-failed": "The audio could not be set up",
  "media-timeout": "The audio could not be set up in time",
  "engine-failed": "The phone has failed: please reload the page",
  "load-failed": "The phone could not be loaded: please reload the page",
  "no-prack": "The caller did not acknowledge the ringing",
  "no-ack": "The caller did not acknowledge the answer",
  "dialog-gone": "The far end knows nothing of this call any more",
  "session-expired": "Nothing was heard of the far end any more",
};

/** The outcome of a call. */
export function outcome({ peer, incoming, end }: Told): Outcome {
  if (end.answeredElsewhere) return { title: "Answered elsewhere", detail: `Another phone of yours took the call from ${peer}.`, tone: "good" };
  if (end.durationMs > 0) return afterTalk(peer, end);
  if (end.cause === "cancelled") return cancelled(peer, incoming, end);
  const trouble = TROUBLES[end.cause];
  if (trouble !== undefined) return { title: trouble, detail: hint(end), tone: "bad" };
  if (incoming) return end.by === "local" ? { title: `You declined ${peer}`, detail: "", tone: "" } : missed(peer, end);
  if (end.cause === "unavailable") return unavailable(peer, end);
  const known = REFUSALS[end.cause]?.(peer);
  return known ? { ...known, detail: known.detail || said(end) } : { title: "The call failed", detail: said(end), tone: "bad" };
}

/** Why the connection or the registration failed. */
export function trouble(error: SipError | Error | undefined): string {
  if (!error) return "";
  const code = "code" in error ? error.code : "";
  if (code === "unauthorized") return "The server refused this user: user name or password are wrong.";
  if (code === "not-found") return "The server does not know this user.";
  if (code === "load-failed" || code === "engine-failed") return `${TROUBLES[code] ?? ""}.`;
  return capital(sentence(error.message.replace(/^[a-z-]+: /, "")));
}

/** Minutes and seconds, and hours when it lasted that long. */
export function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

/** The sentence with a capital letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function afterTalk(peer: string, end: CallEnd): Outcome {
  const detail = `The call took ${duration(end.durationMs)}.`;
  if (end.by === "local") return { title: "You hung up", detail, tone: "" };
  if (end.by === "remote") return { title: `${peer} hung up`, detail, tone: "" };
  return { title: TROUBLES[end.cause] ?? "The call was lost", detail: `${detail} ${said(end)}`.trim(), tone: "bad" };
}

function cancelled(peer: string, incoming: boolean, end: CallEnd): Outcome {
  if (incoming) return missed(peer, end);
  if (end.by === "system") return { title: `${peer} did not answer`, detail: "", tone: "warn" };
  return { title: "You cancelled the call", detail: `${peer} had not answered yet.`, tone: "" };
}

function missed(peer: string, end: CallEnd): Outcome {
  return { title: `Missed call from ${peer}`, detail: end.cause === "cancelled" ? "" : said(end), tone: "warn" };
}

/** 480 is also what a person's phone says; only the server knows of registrations. */
function unavailable(peer: string, end: CallEnd): Outcome {
  const unregistered = /regist/i.test(end.reason ?? "");
  return { title: unregistered ? `${peer} is not registered` : `${peer} is not available`, detail: said(end), tone: "warn" };
}

function hint(end: CallEnd): string {
  if (end.cause === "media-denied") return "Allow it for this page beside the address, then call again.";
  if (end.cause === "media-missing") return "Plug one in, then call again.";
  return said(end);
}

function said({ status, reason }: CallEnd): string {
  if (status === undefined) return reason ? sentence(reason) : "";
  return `The answer was ${status} ${reason ?? ""}`.trim() + ".";
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) || trimmed === "" ? trimmed : `${trimmed}.`;
}
