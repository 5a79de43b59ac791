// What can be chosen in the laboratory, and the address that follows from it. No DOM.

import type { PrackMode, Rel100 } from "prackle";

/** The policies of both sides, and what goes wrong in between. */
export interface LabSettings {
  /** The caller's policy. */
  caller: Rel100;
  /** Who sends its PRACKs: the user agent, or a hand on the button. */
  prack: PrackMode;
  /** The INVITE has no offer: the callee makes it. */
  offerless: boolean;
  /** After 420 or 421 the caller tries once more, without or with `100rel`. */
  fallback: boolean;
  /** The callee's policy. */
  callee: Rel100;
  /** The faults that the server is asked for: see docs/development-server.md. */
  faults: Faults;
  /** The server sends a reliable 182 of its own. */
  queue: boolean;
}

/** A script for each kind of message; an empty one lets all pass. */
export interface Faults {
  /** For each PRACK. */
  prack: string;
  /** For each copy of a reliable provisional response. */
  response: string;
  /** For each 2xx to a PRACK. */
  answer: string;
}

/** One thing that the server can be asked for. */
export interface FaultChoice {
  script: string;
  /** As an option of a list: "the first one is lost". */
  text: string;
}

/** Nothing goes wrong, and both sides do what they do by default. */
export const PLAIN: Readonly<LabSettings> = {
  caller: "supported",
  prack: "auto",
  offerless: false,
  fallback: false,
  callee: "supported",
  faults: { prack: "", response: "", answer: "" },
  queue: false,
};

/** The choices for each kind of message, by the name of the field in {@link Faults}. */
export const FAULT_CHOICES: Readonly<Record<keyof Faults, readonly FaultChoice[]>> = {
  prack: [
    { script: "", text: "pass" },
    { script: "delay:4000", text: "the first one is 4 s late" },
    { script: "withhold", text: "the first one is lost" },
    { script: "withhold*", text: "all are lost" },
    { script: "double*", text: "each one comes twice" },
    { script: "rseq", text: "the first one names a wrong RSeq" },
    { script: "cseq", text: "the first one names a wrong CSeq" },
    { script: "method", text: "the first one names a wrong method" },
    { script: "dialog", text: "the first one has a wrong To tag" },
    { script: "407", text: "the server challenges the first one: 407" },
    { script: "481", text: "the server refuses the first one: 481" },
    { script: "500", text: "the server refuses the first one: 500" },
  ],
  response: [
    { script: "", text: "pass" },
    { script: "withhold*2", text: "the first two copies are lost" },
    { script: "withhold*", text: "all copies are lost" },
    { script: "delay:2000*", text: "each copy is 2 s late" },
    { script: "double*", text: "each copy comes twice" },
    { script: "pass+rseq", text: "the second one has RSeq + 1" },
  ],
  answer: [
    { script: "", text: "pass" },
    { script: "delay:3000", text: "the first one is 3 s late" },
    { script: "withhold", text: "the first one is lost" },
    { script: "double*", text: "each one comes twice" },
  ],
};

/** The parameter of the URI for each kind of message. */
const PARAMETERS: Readonly<Record<keyof Faults, string>> = { prack: "prack", response: "18x", answer: "200" };

/** The kinds of messages that can be harmed, in the order of their parameters. */
export const FAULTY = Object.keys(PARAMETERS) as (keyof Faults)[];

/** The address that the caller dials, so that the call comes to `user` with these settings. */
export function targetOf(user: string, domain: string, { faults, queue }: LabSettings): string {
  if (queue) return `sip:queue@${domain};to=${user}`;
  const ordered = FAULTY.filter((kind) => faults[kind] !== "");
  if (ordered.length === 0) return `sip:${user}@${domain}`;
  return `sip:flaky@${domain};to=${user}${ordered.map((kind) => `;${PARAMETERS[kind]}=${faults[kind]}`).join("")}`;
}

/** What the server does with this call, in a few words. */
export function serverDoes({ faults, queue }: LabSettings): string[] {
  if (queue) return ["sends a reliable 182 of its own"];
  const names: Record<keyof Faults, string> = { prack: "PRACK", response: "reliable 18x", answer: "200 to PRACK" };
  return FAULTY.filter((kind) => faults[kind] !== "").map((kind) => `${names[kind]}: ${textOf(kind, faults[kind])}`);
}

/**
 * What the server may do with the messages of a kind, as far as it can be told from both ends: it
 * lets all through at once, loses some, or has some wait for at least so many ms.
 */
export type Keeping = "nothing" | "some" | number;

/** What is to be expected of the server, for each kind of message. */
export function keepingOf({ faults }: Pick<LabSettings, "faults">): Record<keyof Faults, Keeping> {
  return { prack: keeping(faults.prack), response: keeping(faults.response), answer: keeping(faults.answer) };
}

function keeping(script: string): Keeping {
  const delays = [...script.matchAll(/delay:(\d+)/g)].map(([, ms]) => Number(ms));
  if (delays.length > 0) return Math.min(...delays);
  return script.includes("withhold") ? "some" : "nothing";
}

/** A script in words; a script that no list has stands for itself. */
function textOf(kind: keyof Faults, script: string): string {
  return FAULT_CHOICES[kind].find((choice) => choice.script === script)?.text ?? inWords(script);
}

function inWords(script: string): string {
  const late = /^delay:(\d+)$/.exec(script);
  return late ? `the first one is ${Number(late[1]) / 1000} s late` : script;
}
