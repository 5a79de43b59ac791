/**
 * What comes out of the wasm: JSON, and the long texts beside it. Read out of JSON a text takes several
 * times as long as by itself.
 */

/** The list that the first text describes, with the others where it has `null`. No texts are an empty list. */
export function whole([json, ...long]: readonly string[]): unknown[] {
  if (json === undefined) return [];
  const list = JSON.parse(json) as unknown[];
  if (long.length > 0) fill(list, long.values());
  return list;
}

function fill(value: object, long: Iterator<string>): void {
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members)) {
    const member = members[name];
    if (member === null) members[name] = long.next().value;
    else if (typeof member === "object") fill(member, long);
  }
}
