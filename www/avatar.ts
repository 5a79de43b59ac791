// A round picture made of a name: its first letter on a colour of its own.

import { el } from "./dom.js";

/** Shows this name in an element of class `avatar`. */
export function paint(element: HTMLElement, name: string): void {
  element.textContent = name.replace(/^\W+/, "").charAt(0).toUpperCase() || "?";
  let hash = 0;
  for (const character of name.toLowerCase()) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  element.style.setProperty("--hue", String(hash));
}

/** A button with somebody's picture and name. */
export function person(name: string, onclick: () => void): HTMLButtonElement {
  const avatar = el("span", { class: "avatar", "aria-hidden": "true" });
  paint(avatar, name);
  const made = el("button", { class: "person", onclick }, avatar, name);
  made.type = "button";
  made.dataset["person"] = name;
  return made;
}
