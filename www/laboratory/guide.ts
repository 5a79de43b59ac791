// The two halves of the guide, tour and controls, and on a narrow screen the wire as a third view.

import { byId } from "../dom.js";

/** What a narrow screen shows. */
export type View = "tour" | "hand" | "wire";

const PANELS = ["tour", "hand"] as const;

/** Tabs above the guide, tabs at the bottom of a narrow screen. */
export class Guide {
  constructor() {
    const nav = document.querySelectorAll<HTMLButtonElement>(".tabs button");
    for (const button of nav) button.onclick = () => this.show(button.dataset["view"] as View);
    for (const panel of PANELS) tab(panel).onclick = () => this.show(panel);
    byId("watching").onclick = () => this.show("tour");
    byId("tab-tour").parentElement?.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Shows a view. */
  show(view: View): void {
    document.body.dataset["view"] = view;
    for (const button of document.querySelectorAll<HTMLButtonElement>(".tabs button")) {
      button.setAttribute("aria-current", String(button.dataset["view"] === view));
    }
    if (view !== "wire") this.#open(view);
  }

  /** Brings what happens into view where there is room for one thing only. */
  watch(): void {
    if (matchMedia("(max-width: 860px)").matches) this.show("wire");
  }

  #open(panel: (typeof PANELS)[number]): void {
    for (const one of PANELS) {
      byId(one).hidden = one !== panel;
      tab(one).setAttribute("aria-selected", String(one === panel));
      tab(one).tabIndex = one === panel ? 0 : -1;
    }
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    const other = byId("tour").hidden ? "tour" : "hand";
    this.show(other);
    tab(other).focus();
  }
}

function tab(panel: string): HTMLElement {
  return byId(`tab-${panel}`);
}
