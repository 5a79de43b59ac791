// The numbers of the development server: what one tab alone can try.
import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { inOrder } from "./phone.mjs";
import { startWorld } from "./support.mjs";

describe("in one tab alone", () => {
  let world;
  before(async () => {
    world = await startWorld();
  });
  after(() => world?.close());

  test("echo gives one's own voice back", async (t) => {
    const alice = await world.phone(t, "alice");
    await alice.page.click("[data-number=echo]");
    await alice.screen("talking");
    await alice.hears();
    // The proof that it is one's own: silence in, silence out.
    await alice.page.click("#mute");
    await alice.page.waitForFunction(quiet, undefined, { polling: 200 });
    await alice.page.click("#mute");
    await alice.hears();
    await alice.hangUp();
    await alice.outcome("You hung up");
  });

  test("early: a tone is heard before the call is answered", async (t) => {
    const alice = await world.phone(t, "alice");
    await alice.page.click("[data-number=early]");
    await alice.screen("early");
    const heard = await alice.page.evaluate(listen);
    assert.equal(heard.state, "early", "the tone was heard before the answer");
    assert.ok(heard.decibels > -50, `audible: ${heard.decibels} dB`);
    assert.ok(!(await alice.ladder()).includes("< 200 INVITE"), "no 200 yet");
    inOrder(await alice.calls(), ["> INVITE", "< 183 INVITE rel", "> PRACK rel"]);
    await alice.screen("talking");
    inOrder(await alice.calls(), ["< 183 INVITE rel", "> PRACK rel", "< 200 PRACK", "< 200 INVITE", "> ACK"]);
    await alice.hangUp();
    await alice.outcome("You hung up");
  });

  test("busy is busy", async (t) => {
    const alice = await world.phone(t, "alice");
    await alice.page.click("[data-number=busy]");
    await alice.outcome("busy is busy");
    inOrder(await alice.calls(), ["> INVITE", "< 486 INVITE", "> ACK"]);
  });

  test("silent rings until it is cancelled", async (t) => {
    const alice = await world.phone(t, "alice");
    await alice.page.click("[data-number=silent]");
    await alice.screen("ringing");
    await alice.row("< 200 PRACK");
    await alice.page.keyboard.press("Escape");
    await alice.outcome("You cancelled the call");
    inOrder(await alice.calls(), ["> INVITE", "< 180 INVITE rel", "> PRACK rel", "> CANCEL", "< 487 INVITE", "> ACK"]);
  });

  test("queue: the server's own reliable 182, then bob", async (t) => {
    const [alice, bob] = await Promise.all([world.phone(t, "alice"), world.phone(t, "bob")]);
    await alice.page.click("[data-number=queue]");
    await bob.screen("incoming");
    await bob.answer();
    await Promise.all([alice.screen("talking"), bob.screen("talking")]);
    await Promise.all([alice.hears(), bob.hears()]);
    // Two dialogs: the 180 of the one does not wait for what the other says to its PRACK.
    inOrder(await alice.calls(), ["> INVITE", "< 182 INVITE rel", "> PRACK rel", "< 180 INVITE rel", "> PRACK rel", "< 200 INVITE", "> ACK"]);
    assert.equal((await alice.calls()).filter((row) => row === "< 200 PRACK").length, 2);
    await alice.hangUp();
    await bob.outcome("Alice hung up");
  });

  test("flaky breaks the rules, the call does not care", async (t) => {
    const alice = await world.phone(t, "alice");
    await alice.page.click("[data-number=flaky]");
    await alice.screen("talking");
    assert.ok((await alice.ladder()).some((row) => row.endsWith("again")), "retransmissions are marked");
    await alice.hears();
    await alice.hangUp();
    await alice.outcome("You hung up");
  });
});

/** Whether almost no energy has come in since the last look. */
async function quiet() {
  const report = await window.prackle.call.stats();
  const inbound = [...report.values()].find((entry) => entry.type === "inbound-rtp" && entry.kind === "audio");
  if (inbound === undefined) return false;
  const since = inbound.totalAudioEnergy - (window.lastEnergy ?? 0);
  const packets = inbound.packetsReceived - (window.lastPackets ?? 0);
  window.lastEnergy = inbound.totalAudioEnergy;
  window.lastPackets = inbound.packetsReceived;
  return packets > 5 && since < 1e-6;
}

/** Listens to the remote stream until it is audible, or no longer early. */
async function listen() {
  const { call } = window.prackle;
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  context.createMediaStreamSource(call.remoteStream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  for (;;) {
    await new Promise(requestAnimationFrame);
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const decibels = 10 * Math.log10(power + 1e-12);
    const { state } = call;
    if (decibels > -50 || state !== "early") {
      await context.close();
      return { state, decibels };
    }
  }
}
