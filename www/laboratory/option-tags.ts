// What a message says of 100rel, for the ladder: display only. No DOM.

import { readMessage } from "prackle";

const FIELDS = ["Supported", "Require", "Unsupported"] as const;

/** "Supported 100rel" and the like, strongest last; for messages where that matters. */
export function saysOf100rel(text: string): string[] {
  const { headers } = readMessage(text);
  const lists = (name: string): boolean => headers.some(([label, value]) => longName(label) === name.toLowerCase() && has100rel(value));
  return FIELDS.filter(lists).map((name) => `${name}: 100rel`);
}

function longName(label: string): string {
  return label.toLowerCase() === "k" ? "supported" : label.toLowerCase();
}

function has100rel(list: string): boolean {
  return list.split(",").some((tag) => tag.trim().toLowerCase() === "100rel");
}
