// The trace as text, for a support ticket.

import type { Row } from "./ladder-model.js";

/** A time of day with milliseconds. */
export function clock(at: number): string {
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const milliseconds = String(time.getMilliseconds()).padStart(3, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${milliseconds}`;
}

/** A short date-free line of a message, then its text. */
export function oneAsText(row: Row): string {
  const notes = [row.repeats === undefined ? "" : " (retransmission)", row.fault === undefined ? "" : ` (not taken: ${row.fault})`];
  return `---- ${clock(row.at)} ${row.direction}${notes.join("")} ----\n${row.text.replace(/\r\n/g, "\n")}\n`;
}

/** All of these messages, with a head that says where they are from. */
export function asText(rows: Row[], page: string, server: string): string {
  const head = [
    "SIP trace of a Prackle softphone",
    `saved  ${new Date().toISOString()}`,
    `page   ${page}`,
    `server ${server}`,
    `agent  ${navigator.userAgent}`,
    "Passwords and digest responses are not in this file.",
  ];
  return `${head.join("\n")}\n\n${rows.map(oneAsText).join("\n")}`;
}
