// The page itself: shape, keys, words, the ladder's tools.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { after, before, describe } from "node:test";
import { inFirefox, root, startServer, startWorld, stop } from "./support.mjs";

const NARROW = { width: 390, height: 844 };

describe("the page", () => {
  let world;
  before(async () => {
    world = await startWorld();
  });
  after(() => world?.close());

  test("fits a phone's screen, in light and dark", async (t) => {
    for (const colorScheme of inFirefox ? ["light"] : ["light", "dark"]) {
      const alice = await world.phone(t, "alice", { viewport: NARROW, colorScheme });
      await alice.page.click("[data-number=echo]");
      await alice.screen("talking");
      for (const view of ["phone", "ladder", "log"]) {
        await alice.page.click(`.tabs [data-view=${view}]`);
        await alice.page.waitForSelector(`#${view}`);
        assert.equal(await excess(alice.page), 0, `${view} is not wider than the screen`);
      }
      await alice.page.click(".tabs [data-view=ladder]");
      await alice.page.click("#ladder-rows :nth-last-child(1 of .message)");
      await alice.page.waitForSelector("#message");
      assert.equal(await excess(alice.page), 0, "the message is not wider than the screen");
      await alice.page.click(".tabs [data-view=phone]");
      await alice.hangUp();
      await alice.screen("idle");
    }
  });

  test("can be used by keys alone", async (t) => {
    const [alice, bob] = [await world.phone(t, "alice"), await world.phone(t, "bob")];
    await alice.page.click("#account-name");
    await alice.page.keyboard.type("bob");
    await alice.page.keyboard.press("Enter");
    await bob.screen("incoming");
    await bob.page.click("#peer-name");
    await bob.page.keyboard.press("Enter");
    await alice.screen("talking");
    await alice.page.keyboard.press("Escape");
    await bob.outcome("Alice hung up");
    await bob.page.keyboard.press("Escape");
    await alice.page.click("#pad [data-digit='7']");
    assert.equal(await alice.page.inputValue("#target"), "7");
    await alice.page.click("#erase");
    assert.equal(await alice.page.inputValue("#target"), "");
  });

  test("shows a message, joins it to its PRACK, and gives the trace as text", { skip: inFirefox }, async (t) => {
    const alice = await world.phone(t, "alice");
    await alice.page.click("[data-number=early]");
    await alice.row("< 200 PRACK");
    await alice.page.click("#ladder-rows :nth-child(1 of .message.reliable)");
    assert.match(await alice.page.textContent("#message-text"), /^SIP\/2\.0 183 .*\n[^]*\nRequire: .*100rel/);
    await alice.page.waitForSelector("#ladder-brackets path.bracket.selected");
    await alice.page.keyboard.press("Escape");
    const [download] = await Promise.all([alice.page.waitForEvent("download"), alice.page.click("#ladder-save")]);
    const text = await readFile(await download.path(), "utf8");
    assert.match(text, /^SIP trace of a Prackle softphone\n/);
    assert.match(text, /\nPRACK sip:\S+ SIP\/2\.0\n/);
    assert.match(text, /\nAuthorization: /, "the answer to a challenge is there");
    assert.doesNotMatch(text, /response="[0-9a-f]{32,}"/, "but not what it says");
    await alice.page.click(".chip:text('early')");
    assert.ok((await alice.ladder()).every((row) => !row.includes("REGISTER")));
    await alice.page.click("#ladder-clear");
    assert.deepEqual(await alice.ladder(), []);
  });

  test("tells of a wrong password", async (t) => {
    const alice = await world.phone(t, undefined, { registered: false });
    await alice.become("alice", { password: "wrong" });
    await alice.page.click("#register");
    await alice.standing("failed");
    assert.match(await alice.page.textContent("#trouble"), /user name or password are wrong/);
    await alice.become("alice");
    await alice.register();
  });

  test("tells of a server that is not there; the call goes on, and all is well when it is back", async (t) => {
    const other = await startServer();
    t.after(() => stop(other.child));
    const [alice, bob] = await Promise.all(["alice", "bob"].map(async (user) => {
      const phone = await world.phone(t, user, { registered: false });
      await phone.become(undefined, { server: `${other.address.replace("http", "ws")}ws` });
      await phone.register();
      return phone;
    }));
    await alice.call("bob");
    await bob.screen("incoming");
    await bob.answer();
    await alice.screen("talking");
    await stop(other.child);
    await alice.screen("reconnecting");
    await alice.page.waitForFunction(() => /^The server could not be reached: ws:\S+\/ws\. Trying again in \d+ s\.$/.test(document.querySelector("#trouble").textContent));
    await alice.hears();
    const again = await startServer([], new URL(other.address).port);
    t.after(() => stop(again.child));
    for (const phone of [alice, bob]) {
      await phone.page.waitForSelector("#connection[data-state=online]", { timeout: 60_000 });
      await phone.screen("talking");
      assert.equal(await phone.page.isVisible("#trouble"), false);
      // The browser itself complains of each refused connection.
      assert.deepEqual(phone.errors.splice(0).filter((error) => !/ERR_CONNECTION_REFUSED|can.t establish a connection/.test(error)), []);
    }
    await alice.hangUp();
    await bob.outcome("Alice hung up");
  });

  test("a tab that waits keeps its user: the next tab of the browser is another", { skip: inFirefox }, async (t) => {
    // The server gives alice out again when she has not registered for a while.
    const context = await world.browser.newContext();
    t.after(() => context.close());
    const tab = async () => {
      const page = await context.newPage();
      const answers = ["alice", "bob", "carol"];
      await page.route("**/demo-user", async (route) => {
        const { users } = await (await fetch(new URL("demo-users", world.address))).json();
        const name = answers.shift();
        await route.fulfill({ json: users.find(({ username }) => username === name) });
      });
      await page.goto(world.address);
      return page;
    };
    const name = async (page) => (await page.waitForSelector("#phone[data-ready] #account-name")).textContent();
    const first = await tab();
    assert.equal(await name(first), "Alice");
    const second = await tab();
    assert.equal(await name(second), "Bob");
    await first.reload();
    assert.equal(await name(first), "Alice");
  });

  test("hangs up when its tab is closed", async (t) => {
    const [alice, bob] = [await world.phone(t, "alice"), await world.phone(t, "bob")];
    await alice.call("bob");
    await bob.screen("incoming");
    await bob.answer();
    await Promise.all([alice.screen("talking"), bob.screen("talking")]);
    await alice.page.goto("about:blank");
    await bob.outcome("Alice hung up");
    await bob.call("alice");
    await bob.outcome("alice is not registered");
  });

  test("tells an address that is none, and takes a better one", async (t) => {
    const alice = await world.phone(t, "alice");
    await alice.become(undefined, { server: "http://127.0.0.1/ws" });
    await alice.page.click("#register");
    await alice.standing("failed");
    assert.match(await alice.page.textContent("#trouble-why"), /WebSocket address/);
    await alice.become(undefined, { server: `${world.address.replace("http", "ws")}ws` });
    await alice.register();
  });

  test("asks for an account where there is no demo server", async (t) => {
    const other = await startServer(["--no-demo-users"]);
    t.after(() => stop(other.child));
    const context = await world.browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(other.address);
    await page.waitForSelector("#settings[open]");
    await page.keyboard.press("Escape");
    assert.equal(await page.isDisabled("#register"), true);
  });

  test("has its picture taken", { skip: inFirefox }, async (t) => {
    const [alice, bob] = [await world.phone(t, "alice"), await world.phone(t, "bob")];
    await alice.call("bob");
    await bob.screen("incoming");
    await bob.answer();
    await alice.screen("talking");
    await alice.hears();
    await alice.page.click(".chip:text('bob')");
    await alice.page.click("#ladder-rows :nth-child(1 of .message.reliable)");
    await alice.page.waitForFunction(() => document.querySelector("#call-timer").textContent === "0:02");
    const picture = await alice.page.screenshot();
    assert.ok(picture.length > 20_000, "something is on it");
    if (process.env.UPDATE_PICTURE === "1") await writeFile(join(root, "docs", "softphone.png"), picture);
    await alice.hangUp();
    await bob.outcome("Alice hung up");
  });
});

/** By how many pixels the page is wider than the window. */
function excess(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}
