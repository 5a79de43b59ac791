// The package on a page of one's own, against the development server: what the demo page does not show.
import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { startOwnPage } from "./own-page.mjs";

describe("the package on one's own page", () => {
  let world;
  before(async () => { world = await startOwnPage(); });
  after(() => world?.close());

  test("importing does nothing, and the engine is loaded from beside the module", async (t) => {
    const page = await world.open(t);
    const names = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name.split("/").at(-1)));
    assert.ok(!names.includes("prackle.wasm"), names.join());
    await page.evaluate(() => window.prackle.load());
    await page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.endsWith("/prackle.wasm")));
  });

  test("errors keep their names in the minified package", async (t) => {
    const page = await world.open(t);
    const error = await page.evaluate(() => {
      const ua = new window.prackle.UserAgent({ uri: "sip:alice@localhost", servers: "ws://localhost" });
      return ua.register().catch(({ name, code }) => ({ name, code }));
    });
    assert.deepEqual(error, { name: "SipError", code: "not-connected" });
  });

  test("hold, resume, an offer from the other side, mute and levels", async (t) => {
    const page = await world.open(t);
    await page.evaluate(async () => {
      const [alice, bob] = await Promise.all([online("alice"), online("bob")]);
      const invited = once(bob, "invite");
      const call = play(alice.call(bob.uri));
      const answer = play((await invited).call);
      await answer.accept();
      await Promise.all([once(call, "confirmed"), once(answer, "confirmed")]);
      await until(async () => (await call.levels()).output > 0.01, "bob is not heard");
      await until(async () => (await call.levels()).input > 0.01, "alice has no voice");

      const held = once(answer, "renegotiated");
      await call.hold();
      if (!(await held).heldByPeer || !call.held) throw new Error("not held");
      await until(async () => (await call.levels()).output < 0.001, "bob is still heard");
      await until(async () => (await answer.levels()).output < 0.001, "alice is still heard");
      await call.unhold();
      await until(async () => (await answer.levels()).output > 0.01, "alice is not heard again");

      await answer.hold();
      await answer.unhold();
      await until(async () => (await call.levels()).output > 0.01, "bob is not heard again");
      answer.mute();
      await until(async () => (await call.levels()).output < 0.001, "bob is not muted");

      const heard = once(answer, "info");
      await call.sendDtmf("5", { transport: "info" });
      if (!(await heard).body.includes("Signal=5")) throw new Error("no tone");
      await call.sendDtmf("1");
      const [end, other] = await Promise.all([call.hangup(), answer.ended]);
      if (end.cause !== "bye" || other.by !== "remote") throw new Error(JSON.stringify([end, other]));
      await Promise.all([alice.close(), bob.close()]);
    });
  });

  test("after early media the call can be renegotiated", async (t) => {
    const page = await world.open(t);
    const seen = await page.evaluate(async () => {
      const alice = await online("alice");
      const call = play(alice.call("sip:early@localhost"));
      const events = [];
      for (const name of ["progress", "media", "accepted", "confirmed"]) {
        call.addEventListener(name, (event) => events.push(name === "media" ? `media ${event.early}` : name));
      }
      const { reliable, earlyMedia } = await once(call, "progress");
      await until(async () => (await call.levels()).output > 0.01, "no tone before the answer");
      if (call.state !== "early") throw new Error(call.state);
      await once(call, "confirmed");
      const refreshed = await call.hold().then(() => call.unhold()).then(() => "renegotiated", (error) => error.status);
      const tracks = [...call.localStream.getTracks(), ...call.remoteStream.getTracks()];
      await alice.close();
      return { reliable, earlyMedia, events, refreshed, tracks: tracks.map((track) => track.readyState), end: (await call.ended).cause };
    });
    const { events, ...rest } = seen;
    assert.deepEqual(rest, { reliable: true, earlyMedia: true, refreshed: "renegotiated", tracks: ["ended", "ended"], end: "bye" });
    assert.ok(events.indexOf("media true") < events.indexOf("accepted"), events.join());
  });
});
