// The heads of the three lifelines: who is there, with which policy, and in what state.

import type { Call, CallState, Rel100 } from "prackle";
import { byId, say } from "../dom.js";
import type { Bench } from "./bench.js";
import { serverDoes } from "./settings.js";

const CALLER: Record<CallState, string> = {
  trying: "calling", ringing: "hears ringing", early: "hears early media", answered: "in the call", confirmed: "in the call",
  reconnecting: "reconnecting", ended: "the call is over",
};
const CALLEE: Record<CallState, string> = {
  trying: "is being called", ringing: "rings", early: "rings, with early media", answered: "has answered", confirmed: "in the call",
  reconnecting: "reconnecting", ended: "the call is over",
};
const POLICIES: Record<Rel100, string> = { none: "100rel: none", supported: "100rel: supported", required: "100rel: required" };

/** Shows the three of them. */
export function renderActors({ settings, caller, callee, place }: Bench): void {
  say(byId("caller-policy"), POLICIES[settings.caller]);
  say(byId("callee-policy"), POLICIES[settings.callee]);
  say(byId("caller-state"), caller ? `${CALLER[caller.call.state]}${dialogs(caller.call)}` : "at rest");
  say(byId("callee-state"), callee ? CALLEE[callee.call.state] : `at rest: ${place.callee.username}`);
  say(byId("server-does"), serverDoes(settings).join("; ") || "passes everything on");
}

function dialogs({ dialogs: all }: Call): string {
  const early = all.filter(({ state }) => state === "early").length;
  return early > 1 ? `, ${early} early dialogs` : "";
}
