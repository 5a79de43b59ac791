// What a screen reader is told while it happens.

import { byId, el } from "../dom.js";

/** How many sentences are kept: they are read when they come, not later. */
const KEPT = 20;

/** Has a sentence read out. */
export function announce(text: string): void {
  const log = byId("spoken");
  log.append(el("span", { text: `${text} ` }));
  while (log.childElementCount > KEPT) log.firstElementChild?.remove();
}
