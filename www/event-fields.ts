// What the log shows of an event: its own fields, not those that every DOM event has.

type Logged = [source: string, type: string, fields: Record<string, unknown>, tone: "" | "bad" | "good"];

/** Fields that say nothing in one line, or twice the same. */
const HIDDEN = new Set(["isTrusted", "headers", "invite", "response", "end"]);
const GOOD = new Set(["accepted", "confirmed", "prackresponse", "prack"]);
const BAD = new Set(["failed", "prackfailed", "noprack", "error"]);

/** An event as a row of the log. */
export function logged(source: string, event: Event): Logged {
  const tone = GOOD.has(event.type) ? "good" : BAD.has(event.type) ? "bad" : "";
  return [source, event.type, fieldsOf(event), tone];
}

function fieldsOf(event: Event): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (let level: object = event; !isDom(level); level = Object.getPrototypeOf(level) as object) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (name === "code" && "status" in event) continue; // the same by another name
      if (name in fields || HIDDEN.has(name) || name === "constructor" || typeof property.value === "function") continue;
      fields[name] = plain((event as unknown as Record<string, unknown>)[name]);
    }
  }
  return fields;
}

function isDom(level: object): boolean {
  return level === Event.prototype || level === Object.prototype;
}

/** A value that fits into a line. */
function plain(value: unknown): unknown {
  if (value instanceof Error) return value.message;
  if (value instanceof MediaStream) return `${value.getAudioTracks().length} audio track`;
  if (value instanceof EventTarget) return "remote" in value ? (value.remote as { uri: string }).uri : undefined;
  return value;
}
