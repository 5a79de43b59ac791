// Reliable provisional responses between two pages, over the development server.
import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { startOwnPage } from "./own-page.mjs";

describe("reliable provisional responses between two pages", () => {
  let world;
  before(async () => { world = await startOwnPage(); });
  after(() => world?.close());

  /** Two pages, each with a user agent of its own as `window.ua`, and what the callee does with a call. */
  async function two(t, [caller, callee], invited, options) {
    const [from, to] = await Promise.all([world.open(t), world.open(t)]);
    await Promise.all([start(from, caller, options), start(to, callee)]);
    await to.evaluate(`ua.addEventListener("invite", ({ call }) => { window.call = call; (${invited})(call); })`);
    return { caller: from, callee: to, uri: await to.evaluate(() => ua.uri) };
  }

  function start(page, name, options) {
    return page.evaluate(async ([name, options]) => { window.ua = await online(name, options); }, [name, options]);
  }

  test("180, 183 and 182 wait for each other's PRACK, and the 200 for that of the description", async (t) => {
    const { caller, callee, uri } = await two(t, ["alice", "bob"], (call) => {
      window.acknowledged = [180, 183, 182].map((code) => call.progress({ code }).then(({ rseq }) => rseq));
      void Promise.all(window.acknowledged).then(() => call.accept());
    });
    const told = await caller.evaluate(async (uri) => {
      const call = play(ua.call(uri));
      const told = [];
      call.addEventListener("progress", ({ status, rseq, earlyMedia }) => told.push([status, rseq, earlyMedia]));
      await call.answered;
      return told;
    }, uri);
    const acknowledged = await callee.evaluate(() => Promise.all(window.acknowledged));
    const [first] = acknowledged;
    assert.deepEqual(acknowledged, [first, first + 1, first + 2]);
    assert.deepEqual(told, [[180, first, false], [183, first + 1, true], [182, first + 2, false]]);
    const ended = await caller.evaluate(async () => (await ua.calls[0].hangup()).cause);
    assert.equal(ended, "bye");
  });
});
