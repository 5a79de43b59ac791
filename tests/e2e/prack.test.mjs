// Reliable provisional responses between two pages, over the development server.
import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { startOwnPage } from "./own-page.mjs";
import { inFirefox } from "./support.mjs";

// One of them waits for half a minute: another goes on beside it, and once is enough.
describe("reliable provisional responses between two pages", { concurrency: 2 }, () => {
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

  test("nobody acknowledges: noprack is told, and its listener has the call refused with 503", { skip: inFirefox }, async (t) => {
    const { caller, callee, uri } = await two(t, ["carol", "dave"], (call) => {
      call.addEventListener("noprack", (event) => {
        window.unacknowledged = event.response.split("\r\n")[0];
        event.respond(503, "Caller Unreachable");
      });
      window.refused = call.progress({ code: 180, reliable: true }).catch(({ name, code }) => ({ name, code }));
    }, { prack: "manual", prackDeadline: 30_000 });
    const end = await caller.evaluate(async (uri) => {
      // The PRACK of the last moment never arrives.
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function (frame) {
        const text = typeof frame === "string" ? frame : new TextDecoder().decode(frame);
        if (!text.startsWith("PRACK ")) send.call(this, frame);
      };
      const { status, by } = await ua.call(uri).ended;
      return { status, by };
    }, uri);
    assert.deepEqual(await callee.evaluate(() => window.refused), { name: "Rel100Error", code: "no-prack" });
    assert.equal(await callee.evaluate(() => window.unacknowledged), "SIP/2.0 180 Ringing");
    const sent = await callee.evaluate(() => ua.trace().map(({ text }) => text.split("\r\n")[0]));
    assert.ok(sent.includes("SIP/2.0 503 Caller Unreachable"), sent.join());
    // RFC 3261 section 16.7: what is overloaded is not the proxy.
    assert.deepEqual(end, { status: 500, by: "remote" });
  });

  test("early media is heard before the answer, and its PRACK leaves by hand", async (t) => {
    const { caller, callee, uri } = await two(t, ["erin", "frank"], (call) => {
      call.addEventListener("prack", ({ headers, body }) => {
        window.told = [headers.find(([name]) => name === "X-Ticket")?.[1], body];
      });
      window.acknowledged = call.progress({ code: 183 });
      void window.acknowledged.then(() => call.accept());
    }, { prack: "manual" });
    const seen = await caller.evaluate(async (uri) => {
      const call = play(ua.call(uri));
      const event = await once(call, "progress");
      await until(async () => (await call.levels()).output > 0.01, "no early media is heard");
      const before = [call.state, ua.trace().some(({ text }) => text.startsWith("PRACK "))];
      const { status } = await event.prack({
        headers: { "X-Ticket": "42", "Content-Disposition": "info;handling=optional" }, body: "heard", contentType: "text/plain",
      });
      await call.answered;
      const again = await event.prack().catch(({ code }) => code);
      return { before, status, again, end: (await call.hangup()).cause };
    }, uri);
    assert.deepEqual(seen, { before: ["early", false], status: 200, again: "already-sent", end: "bye" });
    assert.deepEqual(await callee.evaluate(() => window.told), ["42", "heard"]);
  });

  // Chromium takes the answer of the one instead of the early one of the other; Firefox has to offer anew.
  test("of two phones that both sing before the answer the one that answers is heard, too", async (t) => {
    const { caller, callee: first, uri } = await two(t, ["alice", "bob"], (call) => { play(call); void call.progress({ code: 183 }); });
    const second = await world.open(t);
    await start(second, "bob");
    await second.evaluate(() => ua.addEventListener("invite", ({ call }) => { window.call = play(call); }));
    await caller.evaluate(async (uri) => {
      window.call = play(ua.call(uri));
      await until(async () => (await call.levels()).output > 0.01, "the first is not heard");
    }, uri);
    await second.evaluate(() => call.progress({ code: 183 }).then(() => call.accept()));
    await first.evaluate(() => call.ended);
    await caller.evaluate(async () => {
      await call.answered;
      await until(async () => (await call.levels()).output > 0.01, "the second is not heard");
    });
    await second.evaluate(() => until(async () => (await call.levels()).output > 0.01, "the caller is not heard"));
    const lines = await second.evaluate(() => ua.trace().map(({ text }) => text.split(" ")[0]));
    assert.equal(lines.filter((method) => method === "INVITE").length, inFirefox ? 2 : 1);
    const ended = await caller.evaluate(async () => (await call.hangup()).cause);
    assert.equal(ended, "bye");
  });

  test("an UPDATE before the answer turns the media around, and back", async (t) => {
    const { caller, callee, uri } = await two(t, ["grace", "heidi"], (call) => {
      play(call);
      window.updates = [];
      call.addEventListener("update", ({ offer }) => window.updates.push(offer));
      void call.progress({ code: 183 });
    });
    await caller.evaluate(async (uri) => {
      window.call = play(ua.call(uri));
      await once(call, "progress");
      await until(async () => (await call.levels()).output > 0.01, "no early media is heard");
    }, uri);
    await callee.evaluate(() => until(async () => (await call.levels()).output > 0.01, "the caller is not heard"));
    await caller.evaluate(() => call.hold());
    await callee.evaluate(() => until(async () => (await call.levels()).output < 0.001, "the caller is still heard"));
    await caller.evaluate(() => until(async () => (await call.levels()).output < 0.001, "the callee is still heard"));
    await caller.evaluate(() => call.unhold());
    await callee.evaluate(async () => {
      await until(async () => (await call.levels()).output > 0.01, "the caller is not heard again");
      await call.accept();
    });
    await caller.evaluate(() => call.answered);
    assert.deepEqual(await callee.evaluate(() => window.updates), [true, true]);
    const lines = await callee.evaluate(() => ua.trace().map(({ text }) => text.split(" ")[0]));
    assert.equal(lines.filter((method) => method === "UPDATE").length, 2);
    assert.equal(lines.filter((method) => method === "INVITE").length, 1);
    await caller.evaluate(() => call.hangup());
  });
});
