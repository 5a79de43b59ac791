/** What the examples say, the types of the package allow. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { test } from "node:test";
import type * as Ts from "typescript";
import { apiExamples, guideExamples } from "./extract.js";
import type { Example } from "./extract.js";

const ts = createRequire(resolve("package.json"))("typescript") as typeof Ts;

/** "Cannot find name": an example may use what it leaves to the reader, and the stage supplies. */
const UNKNOWN_NAMES = [2304, 2552, 18004];

const OPTIONS: Ts.CompilerOptions = {
  noEmit: true, strict: true, useUnknownInCatchVariables: false, noImplicitAny: false, target: ts.ScriptTarget.ES2022, types: [],
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.esnext.disposable.d.ts"],
  module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
};

test("the examples fit the types of the package", () => {
  const examples = [...guideExamples("docs/prack.md"), ...guideExamples("README.md"), ...apiExamples("js")];
  const files = new Map(examples.map((example, index) => [`${resolve("js").replaceAll("\\", "/")}/example-${index}.ts`, example]));
  const program = ts.createProgram(Array.from(files.keys()), OPTIONS, hostOf(files));
  const faults = Array.from(files).flatMap(([file, { file: source, name }]) => program
    .getSemanticDiagnostics(program.getSourceFile(file))
    .filter(({ code }) => !UNKNOWN_NAMES.includes(code))
    .map(({ messageText }) => `${source}: ${name}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`));
  assert.deepEqual(faults, []);
});

/** Reads the examples as modules of the package. */
function hostOf(files: Map<string, Example>): Ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS);
  return {
    ...host,
    fileExists: (name) => files.has(name) || host.fileExists(name),
    getSourceFile: (name, ...rest) => {
      const example = files.get(name);
      return example === undefined ? host.getSourceFile(name, ...rest) : ts.createSourceFile(name, moduleOf(example), ts.ScriptTarget.ES2022);
    },
  };
}

function moduleOf({ code }: Example): string {
  const body = code.replace(/^import .* from "prackle";$/m, "");
  return `
    import { MediaError, Rel100Error, SipError, UserAgent, load, readMessage } from "./index.js";
    import type { Call } from "./index.js";
    declare const ua: UserAgent, call: Call;
    export async function example() { ${body} }
    export const known = [MediaError, Rel100Error, SipError, UserAgent, load, readMessage, ua, call];
  `;
}
