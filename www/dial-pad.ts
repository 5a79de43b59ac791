// The dial pad: before a call it types, within a call it sends DTMF.

import { el } from "./dom.js";

const KEYS: [digit: string, letters: string][] = [
  ["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"],
  ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", "+"], ["#", ""],
];

/** The keys that a phone has. */
export function isDigit(key: string): boolean {
  return KEYS.some(([digit]) => digit === key);
}

/** Fills `parent` with keys. */
export function dialPad(parent: HTMLElement, press: (digit: string) => void): void {
  for (const [digit, letters] of KEYS) {
    const key = el("button", { class: "key", onclick: () => press(digit) }, digit, el("small", { text: letters, "aria-hidden": "true" }));
    key.type = "button";
    key.dataset["digit"] = digit;
    parent.append(key);
  }
}
