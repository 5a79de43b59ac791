/** Connecting while the WebAssembly file is still on its way. (Once it is there it stays: the order of the tests counts.) */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { UserAgent } from "../../js/index.js";
import type { UserAgentOptions, WasmSource } from "../../js/index.js";
import { defer } from "../../js/promises.js";
import { define } from "./fake-rtc.js";
import { useWebSocket } from "./real-engine.js";
import { SipPeer } from "./sip-peer.js";

const BYTES = readFileSync("dist/prackle.wasm");

/** A user agent whose WebAssembly file comes when the test wants it. */
function slow(peer: SipPeer, options: Partial<UserAgentOptions> = {}): { ua: UserAgent; file: ReturnType<typeof defer<WasmSource>> } {
  useWebSocket();
  const file = defer<WasmSource>();
  return { ua: new UserAgent({ uri: "sip:alice@example.com", servers: peer.url, wasm: file.promise, ...options }), file };
}

test("a connection that was opened early is closed when the file cannot be had", async () => {
  const peer = await SipPeer.start();
  const { ua, file } = slow(peer);
  const connecting = ua.connect();
  await peer.until(() => peer.connections.open === 1);
  file.reject(new Error("offline"));
  await assert.rejects(connecting, { code: "load-failed" });
  await peer.until(() => peer.connections.open === 0);
  peer.stop();
});

test("with several servers none is chosen before the core can choose", async () => {
  const [peer, other] = [await SipPeer.start(), await SipPeer.start()];
  const { ua, file } = slow(peer, { servers: [peer.url, other.url] });
  const connecting = ua.connect();
  file.reject(new Error("offline"));
  await assert.rejects(connecting, { code: "load-failed" });
  assert.deepEqual([peer.connections.made, other.connections.made], [0, 0]);
  peer.stop();
  other.stop();
});

test("the connection that was opened early is the one that is used", async () => {
  const peer = await SipPeer.start();
  const { ua, file } = slow(peer);
  const connecting = ua.connect();
  await peer.until(() => peer.connections.open === 1);
  file.resolve(BYTES);
  await connecting;
  const registering = ua.register();
  peer.respond(await peer.next("REGISTER"), "200 OK", ["Contact: <sip:a@a.invalid>;expires=600"]);
  await registering.catch(() => undefined);
  assert.deepEqual(peer.connections, { made: 1, open: 1 });
  await ua.close();
  peer.stop();
});

// In Chromium such a WebSocket is closed from the beginning, and tells an error but no close.
test("a connection that the page's policy forbids fails at once", { timeout: 5000 }, async () => {
  class Forbidden {
    static readonly CLOSED = 3;
    readonly readyState = 3;
  }
  define("WebSocket", Forbidden);
  const ua = new UserAgent({ uri: "sip:alice@example.com", servers: "ws://127.0.0.1:1/ws", wasm: BYTES });
  await assert.rejects(ua.connect(), { code: "connection" });
  await ua.close();
});
