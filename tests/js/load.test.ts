/** Loading the WebAssembly file, as often as it takes. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { SipError, load } from "../../js/index.js";

test("a failed load says so, and the next one tries again", async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const first = load(bytes);
  assert.equal(load(), first, "one load at a time");
  await assert.rejects(first, (error) => error instanceof SipError && error.code === "load-failed" && error.cause instanceof Error);
  const second = load(Promise.reject(new Error("offline")));
  await assert.rejects(second, (error) => error instanceof SipError && error.message.endsWith("loaded: offline") && (error.cause as Error).message === "offline");
});

test("a response is compiled while it arrives, or when it is there; one that tells of an error is refused", async () => {
  assert.match(await fault("application/wasm"), /compileStreaming/);
  assert.match(await fault("application/octet-stream"), / is application\/octet-stream: WebAssembly.compile\(\)/);
  assert.equal(await fault("application/wasm", 410), "Error: 410 Gone: ");
});

test("a module of another realm is one, too, and without fetch bytes are bytes", async (context) => {
  const { Response: original } = globalThis;
  context.after(() => { globalThis.Response = original; });
  Reflect.deleteProperty(globalThis, "Response");
  await assert.rejects(load(new Uint8Array([1, 2, 3])), (error) => (error as SipError).cause instanceof WebAssembly.CompileError);
  const bytes = readFileSync("dist/prackle.wasm");
  await load(runInNewContext("new WebAssembly.Module(bytes)", { bytes }) as WebAssembly.Module);
});

async function fault(type: string, status = 200): Promise<string> {
  const init = { status, statusText: "Gone", headers: { "Content-Type": type } };
  return load(new Response(new Uint8Array([1, 2, 3]), init)).then(() => "none", (error: unknown) => String((error as SipError).cause));
}
