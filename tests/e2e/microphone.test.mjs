// What happens when there is no microphone to be had.
import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { inOrder } from "./phone.mjs";
import { startWorld } from "./support.mjs";

describe("the microphone", () => {
  let world;
  before(async () => {
    world = await startWorld({ microphone: "refused" });
  });
  after(() => world?.close());

  test("is not opened before a call needs it", async (t) => {
    const alice = await world.phone(t, "alice", { prepare: countRequests });
    assert.equal(await alice.page.evaluate(() => window.microphoneRequests), 0);
  });

  test("is refused to the caller: no INVITE, and the page says why", async (t) => {
    const alice = await world.phone(t, "alice");
    await alice.call("echo");
    await alice.outcome("The microphone was refused");
    assert.deepEqual((await alice.calls()).filter((row) => row.includes("INVITE")), []);
    assert.equal(await lastCause(alice), "media-denied");
  });

  test("is refused to the callee: the caller gets 480 or 488", async (t) => {
    const bob = await world.phone(t, "bob");
    const alice = await world.phone(t, "alice", { prepare: sing });
    await alice.call("bob");
    await bob.screen("incoming");
    await bob.answer();
    await bob.outcome("The microphone was refused");
    assert.equal(await lastCause(bob), "media-denied");
    await alice.outcome();
    const refusal = (await alice.calls()).find((row) => /^< 48[08] INVITE/.test(row));
    assert.ok(refusal, (await alice.calls()).join("\n"));
    inOrder(await alice.calls(), [refusal, "> ACK"]);
  });

  test("is not there at all", async (t) => {
    const alice = await world.phone(t, "alice", { prepare: unplug });
    await alice.call("echo");
    await alice.outcome("There is no microphone");
  });
});

/** The cause of the last `ended` in the log. */
function lastCause(phone) {
  return phone.page.evaluate(() => {
    const fields = [...document.querySelectorAll("#log-rows li")].filter((row) => row.querySelector("b").textContent === "ended").at(-1)?.querySelectorAll(".field") ?? [];
    return [...fields].find((field) => field.firstChild.textContent === "cause")?.lastChild.textContent;
  });
}

function countRequests() {
  window.microphoneRequests = 0;
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (constraints) => {
    window.microphoneRequests += 1;
    return original(constraints);
  };
}

/** A microphone made of an oscillator, which needs no permission. */
function sing() {
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext();
    const destination = context.createMediaStreamDestination();
    const oscillator = new OscillatorNode(context, { frequency: 440 });
    oscillator.connect(destination);
    oscillator.start();
    return destination.stream;
  };
}

function unplug() {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("Requested device not found", "NotFoundError"));
}
