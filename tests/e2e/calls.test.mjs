// Calls between people: what a newcomer does with two tabs.
import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { inOrder } from "./phone.mjs";
import { startWorld } from "./support.mjs";

describe("alice calls bob", () => {
  let world;
  before(async () => {
    world = await startWorld();
  });
  after(() => world?.close());

  async function both(t) {
    const [alice, bob] = await Promise.all([world.phone(t, "alice"), world.phone(t, "bob")]);
    return { alice, bob };
  }

  test("each tab is the next demo user", async (t) => {
    const first = await world.phone(t, undefined, { registered: false });
    const second = await world.phone(t, undefined, { registered: false });
    const names = await Promise.all([first, second].map((phone) => phone.page.textContent("#account-name")));
    assert.deepEqual(names, ["Alice", "Bob"]);
  });

  test("they talk, and hang up", async (t) => {
    const { alice, bob } = await both(t);
    await alice.call("bob");
    await bob.screen("incoming");
    await alice.screen("ringing");
    assert.match(await bob.page.textContent("#peer-name"), /Alice/);
    assert.match(await bob.page.title(), /Alice is calling/);
    await bob.answer();
    await Promise.all([alice.screen("talking"), bob.screen("talking")]);
    await Promise.all([alice.hears(), bob.hears()]);
    await alice.page.waitForFunction(() => document.querySelector("#call-timer").textContent === "0:01");
    await bob.page.waitForFunction(() => Number(document.querySelector("#level-out").getAttribute("aria-valuenow")) > 0);
    await bob.hangUp();
    await alice.outcome("bob hung up");
    await bob.outcome("You hung up");
    await Promise.all([alice.row("> 200 BYE"), bob.row("< 200 BYE")]);
    inOrder(await alice.calls(), ["> INVITE", "< 100 INVITE", "< 180 INVITE rel", "> PRACK rel", "< 200 PRACK", "< 200 INVITE", "> ACK", "< BYE", "> 200 BYE"]);
    inOrder(await bob.calls(), ["< INVITE", "> 180 INVITE rel", "< PRACK rel", "> 200 PRACK", "> 200 INVITE", "< ACK", "> BYE", "< 200 BYE"]);
    inOrder(await alice.events(), ["progress", "prackresponse", "accepted", "confirmed", "ended"]);
    inOrder(await bob.events(), ["prack", "accepted", "confirmed", "ended"]);
  });

  test("she cancels while it rings", async (t) => {
    const { alice, bob } = await both(t);
    await alice.call("bob");
    await bob.screen("incoming");
    await alice.screen("ringing");
    await alice.hangUp();
    await alice.outcome("You cancelled the call");
    await bob.outcome("Missed call from Alice");
    await bob.screen("idle");
    inOrder(await alice.calls(), ["> INVITE", "> CANCEL", "< 200 CANCEL", "< 487 INVITE", "> ACK"]);
    inOrder(await bob.calls(), ["< INVITE", "< CANCEL", "> 200 CANCEL", "> 487 INVITE", "< ACK"]);
  });

  test("he rejects", async (t) => {
    const { alice, bob } = await both(t);
    await alice.call("bob");
    await bob.screen("incoming");
    await bob.reject();
    await alice.outcome("bob declined the call");
    await bob.outcome("You declined Alice");
    inOrder(await alice.calls(), ["< 603 INVITE", "> ACK"]);
  });

  test("he does not answer", async (t) => {
    const { alice, bob } = await both(t);
    await alice.become(undefined, { patience: "1" });
    await alice.register();
    await alice.call("bob");
    await bob.screen("incoming");
    await alice.outcome("bob did not answer");
    await bob.outcome("Missed call from Alice");
    inOrder(await alice.calls(), ["> INVITE", "< 180 INVITE rel", "> CANCEL", "< 487 INVITE"]);
  });

  test("of his two phones one answers, the other stops ringing and says so", async (t) => {
    const { alice, bob } = await both(t);
    const second = await world.phone(t, "bob");
    await alice.call("bob");
    await Promise.all([bob.screen("incoming"), second.screen("incoming")]);
    await second.answer();
    await Promise.all([alice.screen("talking"), second.screen("talking")]);
    await bob.outcome("Answered elsewhere");
    await Promise.all([alice.hears(), second.hears()]);
    await alice.hangUp();
    await second.outcome("Alice hung up");
  });

  test("he talks to somebody else: busy", async (t) => {
    const { alice, bob } = await both(t);
    const carol = await world.phone(t, "carol");
    await bob.call("carol");
    await carol.screen("incoming");
    await carol.answer();
    await bob.screen("talking");
    await alice.call("bob");
    await alice.outcome("bob is busy");
    await bob.hangUp();
    await carol.outcome("Bob hung up");
  });

  test("nobody is registered as carol, nobody is called nemo", async (t) => {
    const alice = await world.phone(t, "alice");
    await alice.call("carol");
    await alice.outcome("carol is not registered");
    await alice.call("nemo");
    await alice.outcome("nemo was not found");
  });

  test("she mutes and unmutes, and sends DTMF by keyboard and keypad", async (t) => {
    const [alice, bob] = await Promise.all([world.phone(t, "alice", { prepare: recordTones }), world.phone(t, "bob")]);
    await alice.call("bob");
    await bob.screen("incoming");
    await bob.answer();
    await alice.screen("talking");
    await bob.hears();
    await alice.page.click("#mute");
    assert.equal(await alice.page.evaluate(() => window.prackle.call.localStream.getAudioTracks()[0].enabled), false);
    await alice.page.click("#mute");
    await bob.hears();
    await alice.page.keyboard.press("5");
    await alice.page.click("#keypad");
    await alice.page.click("#talk-pad [data-digit='#']");
    await alice.page.waitForFunction(() => window.tonesSent.join("") === "5#");
    await alice.page.keyboard.press("Escape");
    await alice.outcome("You hung up");
  });
});

/** Runs in the page before its own code: keeps the tones that the browser has really sent. */
function recordTones() {
  window.tonesSent = [];
  const heard = new WeakSet();
  const insert = RTCDTMFSender.prototype.insertDTMF;
  RTCDTMFSender.prototype.insertDTMF = function insertDTMF(...given) {
    if (!heard.has(this)) this.addEventListener("tonechange", ({ tone }) => tone !== "" && window.tonesSent.push(tone));
    heard.add(this);
    return insert.apply(this, given);
  };
}
