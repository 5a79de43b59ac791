// What a message says of 100rel, for the ladder: display only. No DOM.

const FIELDS = ["Supported", "Require", "Unsupported"] as const;

/** "Supported 100rel" and the like, strongest last; for messages where that matters. */
export function saysOf100rel(text: string): string[] {
  const head = text.split(/\r?\n\r?\n/, 1)[0] ?? "";
  return FIELDS.filter((name) => listed(head, name === "Supported" ? "Supported|k" : name)).map((name) => `${name}: 100rel`);
}

function listed(head: string, names: string): boolean {
  const fields = head.matchAll(new RegExp(`^(?:${names})[ \\t]*:(.*)$`, "gim"));
  return [...fields].some(([, value = ""]) => value.split(",").some((tag) => tag.trim().toLowerCase() === "100rel"));
}
