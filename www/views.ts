// In a narrow window one part of the page is seen at a time.

import type { Talk } from "./talk.js";

/** The tabs at the foot of a narrow window. */
export class Views {
  #tabs = [...document.querySelectorAll<HTMLButtonElement>(".tabs button")];
  #ringing: Talk | undefined;

  constructor() {
    for (const tab of this.#tabs) tab.onclick = () => this.show(tab.dataset["view"] ?? "phone");
  }

  /** Shows one of `phone`, `ladder`, `log`. */
  show(view: string): void {
    document.body.dataset["view"] = view;
    for (const tab of this.#tabs) tab.setAttribute("aria-current", String(tab.dataset["view"] === view));
  }

  /** Brings the phone to the front when it begins to ring. */
  follow(talk: Talk | undefined): void {
    const ringing = talk?.phase === "incoming" ? talk : undefined;
    if (ringing && ringing !== this.#ringing) this.show("phone");
    this.#ringing = ringing;
    const tab = this.#tabs.find(({ dataset }) => dataset["view"] === "phone");
    if (tab) tab.dataset["alert"] = String(ringing !== undefined);
  }
}
