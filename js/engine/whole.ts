/**
 * What comes out of the wasm: JSON, and the long texts beside it. Read out of JSON a text takes several
 * times as long as by itself.
 */

/** The list that the first text describes, with the others where it has `null`; all are taken. No texts are an empty list. */
export function whole(texts: string[]): object[] {
  const json = texts.shift();
  if (json === undefined) return [];
  const list = JSON.parse(json) as Record<string, unknown>[];
  if (texts.length > 0) for (const value of list) fill(value, texts);
  return list;
}

// for..in, because lists of names would take longer than all the rest. It tells also what a page has added to
// Object.prototype.
function fill(value: Record<string, unknown>, long: string[]): void {
  for (const name in value) {
    const member = value[name];
    if (typeof member !== "object" || !Object.hasOwn(value, name)) continue;
    if (member === null) value[name] = long.shift();
    else fill(member as Record<string, unknown>, long);
  }
}
