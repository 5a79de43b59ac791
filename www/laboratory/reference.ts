// A place in an RFC, as a link that says what it is.

import { el } from "../dom.js";
import { addressOf } from "./reasons.js";

/** "RFC 3262 section 3", short, and with the way there. */
export function reference(rfc: string): HTMLElement {
  const [, number = "", section = ""] = /^RFC (\d+) section ([\d.]+)$/.exec(rfc) ?? [];
  const short = `RFC ${number} \u00a7\u00a0${section}`;
  return el("a", {
    class: "rfc",
    text: short,
    "aria-label": rfc,
    attributes: { href: addressOf(rfc) ?? "", target: "_blank", rel: "noreferrer" },
  });
}
