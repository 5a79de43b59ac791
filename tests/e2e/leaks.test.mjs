// What calls leave behind: nothing.
import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { inFirefox, startWorld } from "./support.mjs";

const CALLS = 100;
const BASELINE = 10;
/** Of a JavaScript heap, between two collections at rest. */
const HEAP_NOISE = 500_000;

describe("after calls", () => {
  let world;
  before(async () => {
    world = await startWorld();
  });
  after(() => world?.close());

  test("no track is live, every connection is closed, no timer is left", async (t) => {
    const [alice, bob] = [await world.phone(t, "alice", { prepare: watch }), await world.phone(t, "bob", { prepare: watch })];
    await alice.call("bob");
    await bob.screen("incoming");
    await bob.answer();
    await Promise.all([alice.screen("talking"), bob.screen("talking")]);
    await Promise.all([alice.hears(), bob.hears()]);
    await bob.hangUp();
    for (const phone of [alice, bob]) {
      await phone.screen("idle");
      const left = await phone.page.evaluate(() => window.leftovers());
      assert.deepEqual({ connections: left.connections, tracks: left.tracks, intervals: left.intervals }, { connections: ["closed"], tracks: ["ended"], intervals: 0 });
      assert.ok(left.timeouts <= 1, `the engine's one timer, not ${left.timeouts}`);
      await phone.page.click("#register");
      await phone.standing("offline");
      await phone.page.waitForFunction(() => window.leftovers().timeouts === 0);
    }
  });

  test("a hundred leave the memory where it was after the tenth", { skip: inFirefox }, async (t) => {
    const { before, now } = await memoryOf(t, (number) => (number % 2 === 0 ? echo : busy));
    assert.equal(now.wasm, before.wasm, "bytes of WebAssembly memory");
    assert.ok(now.heap - before.heap < HEAP_NOISE, `JavaScript heap: ${before.heap} -> ${now.heap}`);
  });

  /** The memory after the tenth call and after the last. */
  async function memoryOf(t, kind) {
    const alice = await world.phone(t, "alice", { prepare: keepMemory });
    const session = await alice.page.context().newCDPSession(alice.page);
    let before;
    for (let number = 1; number <= CALLS; number += 1) {
      await kind(number)(alice);
      if (number === BASELINE) before = await memory(alice, session);
    }
    const now = await memory(alice, session);
    t.diagnostic(`wasm ${before.wasm} -> ${now.wasm} bytes, JavaScript ${before.heap} -> ${now.heap} bytes`);
    return { before, now };
  }
});

async function busy(phone) {
  await phone.page.click("[data-number=busy]");
  await phone.outcome("busy is busy");
  await phone.page.click("#outcome-close");
}

async function echo(phone) {
  await phone.page.click("[data-number=echo]");
  await phone.screen("talking");
  await phone.hangUp();
  await phone.outcome("You hung up");
  await phone.page.click("#outcome-close");
}

/** What the page itself keeps for the eye (ladder, log) is cleared first. */
async function memory({ page }, session) {
  await page.click("#ladder-clear");
  await page.click("#log-clear");
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return { heap: usedSize, wasm: await page.evaluate(() => window.wasmMemory.buffer.byteLength) };
}

/** Remembers the memory of the one WebAssembly module of the page, whatever its exports are called. */
function keepMemory() {
  const original = WebAssembly.instantiate;
  WebAssembly.instantiate = async (...given) => {
    const instance = await original(...given);
    window.wasmMemory = Object.values(instance.exports).find((one) => one instanceof WebAssembly.Memory);
    return instance;
  };
}

/** Remembers connections, tracks and timers, to tell what is left of them. */
function watch() {
  const connections = [];
  const tracks = [];
  const timers = { setTimeout: new Set(), setInterval: new Set() };
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
      super(...given);
      connections.push(this);
    }
  };
  const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await getUserMedia(constraints);
    tracks.push(...stream.getTracks());
    return stream;
  };
  for (const [name, pending] of Object.entries(timers)) {
    const [start, clear] = [window[name].bind(window), window[name.replace("set", "clear")].bind(window)];
    window[name] = (act, ...given) => {
      const timer = start((...values) => {
        if (name === "setTimeout") pending.delete(timer);
        act(...values);
      }, ...given);
      pending.add(timer);
      return timer;
    };
    window[name.replace("set", "clear")] = (timer) => {
      pending.delete(timer);
      clear(timer);
    };
  }
  window.leftovers = () => ({
    connections: connections.map((connection) => connection.connectionState),
    tracks: tracks.map((track) => track.readyState),
    timeouts: timers.setTimeout.size,
    intervals: timers.setInterval.size,
  });
}
