// The text of one message, beside or below the ladder.

import { byId, el } from "./dom.js";
import type { Row } from "./ladder-model.js";
import { lines, type Line } from "./sip-text.js";
import { clock, oneAsText } from "./trace-text.js";

/** The panel in `#message`. */
export class MessagePanel {
  #panel = byId("message");
  #row: Row | undefined;

  constructor(close: () => void) {
    byId("message-close").onclick = close;
    byId("message-copy").onclick = () => this.#row && void navigator.clipboard.writeText(oneAsText(this.#row));
    this.#panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    });
  }

  /** Shows a message, or nothing. */
  show(row: Row | undefined): void {
    this.#row = row;
    this.#panel.hidden = row === undefined;
    if (!row) return;
    byId("message-title").textContent = `${row.direction === "sent" ? "Sent" : "Received"} ${clock(row.at)}`;
    byId("message-note").textContent = note(row);
    byId("message-text").replaceChildren(...lines(row.text).map(line));
  }
}

function note({ glance, repeats, joins, fault }: Row): string {
  if (fault !== undefined) return `Not taken: ${fault}`;
  if (repeats !== undefined) return "A retransmission of the same response: it is not acknowledged again.";
  if (glance?.rseq !== undefined) return `Sent reliably: repeated until a PRACK with RAck ${glance.rseq} arrives.`;
  if (glance?.rack) return `Acknowledges the response with RSeq ${glance.rack[0]} to ${glance.rack[2]} ${glance.rack[1]}.`;
  return joins === undefined ? "" : "The acknowledgement has arrived: the response will not be repeated.";
}

function line({ kind, name, text }: Line): HTMLElement {
  return el("span", { class: `line ${kind}` }, el("b", { text: name }), `${text}\n`);
}
