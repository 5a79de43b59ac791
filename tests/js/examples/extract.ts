/** The examples of the documentation, as they stand there: in the guides and in the comments of the API. */

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** An example. */
export interface Example {
  /** Its name in a guide, or the declaration that it explains: `Call.progress`. */
  readonly name: string;
  /** Its file. */
  readonly file: string;
  readonly code: string;
}

/**
 * The examples of a guide: a block of code follows the comment that names it.
 *
 * @throws Error when a block of JavaScript has no name: it would not be run
 */
export function guideExamples(file: string): Example[] {
  const text = readFileSync(file, "utf8");
  const named = Array.from(text.matchAll(/^<!-- example: ([\w-]+) -->\n```js\n([^]*?)^```$/gm), ([, name = "", code = ""]) => ({ name, file, code }));
  const blocks = text.match(/^```[jt]s$/gm)?.length ?? 0;
  if (blocks !== named.length) throw new Error(`${file}: ${blocks} blocks of code, ${named.length} of them with a name`);
  return named;
}

/** The examples in the comments of all files of a folder. */
export function apiExamples(folder: string): Example[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return files.sort().flatMap((name) => fileExamples(join(folder, name)));
}

function fileExamples(file: string): Example[] {
  const text = readFileSync(file, "utf8");
  const comments = Array.from(text.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\n(.*)/g));
  return comments.flatMap(({ 1: comment = "", 2: declaration = "", index }) => {
    const code = /@example\s+```ts\n([^]*?)```/.exec(comment.replaceAll(/^ *\* ?/gm, ""))?.[1];
    return code === undefined ? [] : [{ name: nameOf(declaration, text.slice(0, index)), file, code }];
  });
}

/** A member is named after its class, the last one above it. */
function nameOf(declaration: string, above: string): string {
  const exported = /^export (?:async )?(?:class|function) (\w+)/.exec(declaration)?.[1];
  if (exported !== undefined) return exported;
  const member = /^ +(?:async )?(\w+)/.exec(declaration)?.[1];
  const owner = Array.from(above.matchAll(/^export class (\w+)/gm)).at(-1)?.[1];
  if (member === undefined || owner === undefined) throw new Error(`an example explains nothing: ${declaration}`);
  return `${owner}.${member}`;
}
