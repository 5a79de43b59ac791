// The text of one message: as it was sent, and what was different when it arrived.

import { byId, el } from "../dom.js";
import { type Line, lines } from "../sip-text.js";
import type { MessageRow } from "./wire-model.js";

/** The panel in `#message`. */
export class MessageSheet {
  #panel = byId("message");
  #row: MessageRow | undefined;

  constructor(close: () => void) {
    byId("message-close").onclick = close;
    byId("message-copy").onclick = () => this.#row && void navigator.clipboard.writeText(this.#row.text);
    this.#panel.addEventListener("keydown", (event) => event.key === "Escape" && close());
  }

  /** Shows a message, or nothing. */
  show(row: MessageRow | undefined): void {
    this.#row = row;
    this.#panel.hidden = row === undefined;
    if (!row) return;
    const { status, reason, method } = row.glance;
    byId("message-title").textContent = status === undefined ? method : `${status} ${reason ?? ""}`;
    byId("message-note").textContent = note(row);
    byId("message-text").replaceChildren(...withChanges(row).map(line));
  }
}

function note({ glance, copy, changes, from, fate }: MessageRow): string {
  if (changes.length > 0) return `The server has falsified it: ${changes.join(", ")}.`;
  if (fate === "held") return "The server did not pass it on.";
  if ((copy ?? 1) > 1) return "The same response once more, byte by byte.";
  if (glance.rseq !== undefined) return `Require and RSeq make it reliable: ${from === "server" ? "the server" : "the callee"} repeats it until a PRACK names ${glance.rseq}.`;
  if (glance.rack) return `RAck: the RSeq, the CSeq number and the method of what it acknowledges.`;
  if (glance.method === "PRACK") return "The answer to the PRACK, as to any request but ACK.";
  if (glance.method === "INVITE" && glance.status === undefined) return "Supported or Require say what the caller understands of 100rel.";
  return "";
}

type Shown = Line & { mark?: "gone" | "new" };

/** The lines, with those that have arrived otherwise behind what was sent. */
function withChanges({ text, arrived }: MessageRow): Shown[] {
  const sent: Shown[] = lines(text);
  if (!arrived) return sent;
  const after = lines(arrived.text);
  return sent.flatMap((before) => {
    const now = /^(rseq|rack|to|t)\s*:/i.test(before.name) ? after.find(({ name }) => name.toLowerCase() === before.name.toLowerCase()) : undefined;
    return !now || now.text === before.text ? [before] : [{ ...before, mark: "gone" as const }, { ...now, mark: "new" as const }];
  });
}

function line({ kind, name, text, mark }: Shown): HTMLElement {
  return el("span", { class: ["line", kind, mark].filter(Boolean).join(" ") }, el("b", { text: name }), `${text}\n`);
}
