// The PRACK laboratory: every experiment of the tour, what can be done by hand, and the page.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { after, before, describe } from "node:test";
import { openLaboratory } from "./laboratory.mjs";
import { inOrder } from "./phone.mjs";
import { root, startWorld } from "./support.mjs";

const INVITE = "INVITE, from caller to callee";
const RINGING = "180 Ringing to INVITE, RSeq N, from callee to caller";
const PRACK = "PRACK, RAck N 1 INVITE, from caller to callee";
const PRACK_OK = "200 OK to PRACK, from callee to caller";
const ANSWER = "200 OK to INVITE, from callee to caller";

describe("the tour of the laboratory", () => {
  let world;
  before(async () => {
    world = await startWorld();
  });
  after(() => world?.close());

  test("lets every experiment be seen to its end", async (t) => {
    // The one that takes 32 s has a tab of its own meanwhile: each tab has a callee of its own.
    const [laboratory, patient] = [await openLaboratory({ world, t }), await openLaboratory({ world, t })];
    await patient.begin("nobody");

    await laboratory.begin("reliably");
    await laboratory.finished("reliably");
    inOrder(await laboratory.rows(), [INVITE, RINGING, PRACK, PRACK_OK, "(callee) The callee knows: its 180 has arrived.", ANSWER]);

    await laboratory.begin("lost");
    await laboratory.row(/kept by the server/);
    assert.match(await laboratory.page.textContent("#sender-title"), /^180 Ringing waits for its PRACK$/);
    assert.match(await laboratory.page.textContent("#sender-detail"), /^sent (once|twice|\d times), again in \d\.\d s, gives up in \d\d\.\d s$/);
    await laboratory.finished("lost");
    inOrder(await laboratory.rows(), [
      RINGING, "PRACK, RAck N 1 INVITE, from caller, kept by the server", "180 Ringing to INVITE, RSeq N, copy 2, from callee to caller",
      "(caller) The same 180 again: the caller acknowledges each number once, and keeps silent.",
      "180 Ringing to INVITE, RSeq N, copy 4, from callee to caller", "PRACK, RAck N 1 INVITE, from server to callee", PRACK_OK, ANSWER,
    ]);
    const copies = await laboratory.times(/^180 /);
    assert.equal(copies.length, 4);
    // A machine may be late; when each is due to the millisecond is tested on a virtual clock.
    [0, 500, 1500, 3500].forEach((due, at) => assert.ok(copies[at] > due - 100 && copies[at] < due + 950, `copy ${at + 1} at ${copies[at]} ms`));
    assert.match(await laboratory.page.textContent("#sender-title"), /^180 acknowledged after [45]\.\d s$/);

    await laboratory.begin("queue");
    await laboratory.page.waitForSelector("#sender-queue li:text-is('180 waits in the queue')");
    await laboratory.finished("queue");
    inOrder(await laboratory.rows(), ["183 Session Progress to INVITE, RSeq N, from callee to caller", PRACK_OK, RINGING, PRACK, PRACK_OK, ANSWER]);

    await laboratory.begin("held");
    await laboratory.page.waitForSelector("#sender-queue li.held");
    await laboratory.finished("held");
    inOrder(await laboratory.rows(), ["(callee) The call is taken, but 200 has to wait: the description in the 183 is not acknowledged yet.", PRACK_OK, ANSWER]);

    await laboratory.begin("forged");
    await laboratory.finished("forged");
    const forged = (await laboratory.rows()).find((row) => row.startsWith("PRACK"));
    assert.equal(forged, "PRACK, RAck N 1 INVITE, from caller to callee, RAck became N 1 INVITE");
    inOrder(await laboratory.rows(), [
      "(callee) Dialog, RSeq, CSeq and method must all be those of a response that waits. They are not: 481, and the copies go on.",
      "481 Call/Transaction Does Not Exist to PRACK, from callee to caller", "180 Ringing to INVITE, RSeq N, copy 3, from callee to caller", ANSWER,
    ]);

    await laboratory.begin("cannot");
    await laboratory.finished("cannot");
    inOrder(await laboratory.rows(), [
      "420 Bad Extension to INVITE, from callee to caller",
      "(caller) The caller requires 100rel, and the callee does not understand it: 420, with its name in Unsupported.",
      "(caller) The caller may try once more, and does: the same call, without 100rel.", INVITE,
      "(callee) progress(180): The callee's own policy is none: it sends nothing reliably.",
      "180 Ringing to INVITE, from callee to caller", ANSWER,
    ]);

    await laboratory.begin("proxy");
    await laboratory.finished("proxy");
    inOrder(await laboratory.rows(), [
      "182 Queued to INVITE, RSeq N, from server to caller", "PRACK, RAck N 1 INVITE, from caller to server", "200 OK to PRACK, from server to caller",
      RINGING, PRACK, PRACK_OK, ANSWER,
    ]);

    await patient.finished("nobody", 60_000);
    const rows = await patient.rows();
    // The seventh is due half a second before the end: on a machine that is later than that, the end has come first.
    const sent = rows.filter((row) => /^180 .* from callee, kept by the server$/.test(row)).length;
    assert.ok(sent === 7 || sent === 6, `${sent} copies`);
    inOrder(rows, [
      `180 Ringing to INVITE, RSeq N, copy ${sent}, from callee, kept by the server`,
      "(callee) 32 s without a PRACK: the callee gives up and says 504.", "504 Server Time-out to INVITE, from callee to caller",
    ]);
    assert.ok(rows.some((row) => row.startsWith("(callee) progress(180): Nobody has acknowledged it for 32 s")));
  });

  test("one experiment interrupts another, and can be stopped", async (t) => {
    const laboratory = await openLaboratory({ world, t });
    await laboratory.begin("nobody");
    await laboratory.row(/copy 2/);
    await laboratory.begin("reliably");
    await laboratory.finished("reliably");
    assert.deepEqual((await laboratory.rows()).filter((row) => row.includes("kept")), [], "nothing of the first one is left");
    await laboratory.begin("lost");
    await laboratory.row(/copy 2/);
    await laboratory.page.click("[data-experiment=lost] .primary:text-is('Stop')");
    await laboratory.page.waitForSelector("[data-experiment=lost][data-stage=new]");
    assert.equal(await laboratory.page.textContent("[data-experiment=lost] .primary"), "Ring, and lose the PRACK");
  });
});

describe("the laboratory by hand", () => {
  let world;
  before(async () => {
    world = await startWorld();
  });
  after(() => world?.close());

  test("a call from the first response to its end", async (t) => {
    const laboratory = await openLaboratory({ world, t });
    await laboratory.call();
    await laboratory.send({ code: "183", reliable: "yes", sdp: true });
    await laboratory.row(/its 183 has arrived/);
    assert.equal(await laboratory.page.textContent("#caller-state"), "hears early media");
    await laboratory.send({ reliable: "no" });
    await laboratory.row(/The 180 has left\. Nobody will say whether it arrives/);
    await laboratory.accept();
    await laboratory.row(/^ACK/);
    await laboratory.send();
    await laboratory.row(/The INVITE has its final response: nothing provisional may follow/);
    await laboratory.page.click("#hangup:text-is('Hang up')");
    await laboratory.row(/^200 OK to BYE/);
    assert.equal(await laboratory.page.textContent("#callee-state"), "the call is over");
  });

  test("says why something is refused, and sends nothing then", async (t) => {
    const laboratory = await openLaboratory({ world, t });
    await laboratory.call({ caller: "none" });
    await laboratory.send({ reliable: "yes" });
    await laboratory.row(/does not say that it understands 100rel/);
    await laboratory.send();
    await laboratory.row(/^180 Ringing to INVITE, from callee to caller/);

    await laboratory.call({ caller: "required" });
    await laboratory.send({ reliable: "no" });
    await laboratory.row(/The caller requires 100rel: every response but 100 has to be reliable/);

    await laboratory.call({ caller: "none", callee: "required" });
    await laboratory.row(/^421 Extension Required to INVITE, from callee to caller/);
    await laboratory.row(/The callee insists on 100rel/);

    await laboratory.call({ caller: "none", callee: "required", fallback: true });
    await laboratory.row(/the same call, with 100rel/);
    await laboratory.send();
    await laboratory.row(/its 180 has arrived/);

    await laboratory.call({ prack: "withhold*" });
    await laboratory.send();
    await laboratory.send({ code: "182", wait: false });
    await laboratory.row(/An earlier response still waits for its PRACK/);
    assert.ok((await laboratory.rows()).every((row) => !row.startsWith("182")));

    await laboratory.call({ offerless: true });
    await laboratory.send({ reliable: "yes" });
    await laboratory.row(/The INVITE came without an offer: the first reliable response has to carry one/);
  });

  test("the server does to PRACKs what it is told", async (t) => {
    const laboratory = await openLaboratory({ world, t });
    for (const [prack, change] of [["cseq", /RAck became \d+ 2 INVITE/], ["method", /RAck became \d+ 1 UPDATE/], ["dialog", /To tag became/]]) {
      await laboratory.call({ prack });
      assert.match(await laboratory.page.textContent("#dials"), new RegExp(`^sip:flaky@localhost;to=\\w+;prack=${prack}$`));
      await laboratory.send();
      await laboratory.row(change);
      await laboratory.row(/^481 /);
    }
    await laboratory.call({ prack: "407" });
    await laboratory.send();
    await laboratory.row(/^200 OK to PRACK, from callee to caller/);
    inOrder(await laboratory.rows(), [
      "PRACK, RAck N 1 INVITE, from caller to server", "407 Proxy Authentication Required to PRACK, from server to caller",
      "(caller) The proxy wants to know who acknowledges: the caller repeats the PRACK with credentials, in a new transaction.", PRACK, PRACK_OK,
    ]);
    await laboratory.call({ prack: "500" });
    await laboratory.send();
    await laboratory.row(/its 180 has arrived/);
    inOrder(await laboratory.rows(), ["500 Server Internal Error to PRACK, from server to caller", "180 Ringing to INVITE, RSeq N, copy 2, from callee to caller", PRACK]);
    await laboratory.call({ prack: "double*" });
    await laboratory.send();
    await laboratory.row(/^PRACK.*from server to callee/);
  });

  test("the PRACK, too, can be sent by hand, and offer", async (t) => {
    const laboratory = await openLaboratory({ world, t });
    await laboratory.call({ mode: "manual" });
    await laboratory.send();
    await laboratory.row(/The same 180 again: it is taken once, and the PRACK is still to be sent/);
    await laboratory.page.setChecked("[name=offer]", true);
    await laboratory.page.click("#send-prack:text-is('Send PRACK for the 180')");
    await laboratory.row(/prack\(\): Only the PRACK for the response that carried the answer may carry an offer/);
    assert.ok((await laboratory.rows()).every((row) => !row.startsWith("PRACK")));
    await laboratory.page.setChecked("[name=offer]", false);
    await laboratory.page.click("#send-prack");
    await laboratory.row(/its 180 has arrived/);
    assert.equal(await laboratory.page.isDisabled("#send-prack"), true);

    await laboratory.send({ code: "183", sdp: true });
    await laboratory.page.setChecked("[name=offer]", true);
    await laboratory.page.click("#send-prack:text-is('Send PRACK for the 183')");
    await laboratory.row(/its 183 has arrived/);
    const carriers = await laboratory.page.$$eval(".message.reliable .tag[title*=description]", (tags) => tags.map((tag) => tag.parentElement.querySelector("b").textContent));
    assert.deepEqual(carriers, ["183", "PRACK", "200"], "the offer is in the PRACK, and its answer in the 200");
  });

  test("and to responses, and to the 200 of a PRACK", async (t) => {
    const laboratory = await openLaboratory({ world, t });
    await laboratory.call({ response: "pass+rseq" });
    await laboratory.send();
    await laboratory.row(/its 180 has arrived/);
    await laboratory.send({ code: "183", sdp: false });
    await laboratory.row(/RSeq is not the next number: something is missing before it/);
    await laboratory.row(/its 183 has arrived/);
    const [gap] = (await laboratory.rows()).filter((row) => row.includes("became"));
    assert.equal(gap, "183 Session Progress to INVITE, RSeq N, from callee to caller, RSeq became N");

    await laboratory.call({ response: "withhold*2" });
    await laboratory.send();
    await laboratory.row(/its 180 has arrived/);
    assert.deepEqual((await laboratory.rows()).filter((row) => row.startsWith("180")), [
      "180 Ringing to INVITE, RSeq N, from callee, kept by the server", "180 Ringing to INVITE, RSeq N, copy 2, from callee, kept by the server",
      "180 Ringing to INVITE, RSeq N, copy 3, from callee to caller",
    ]);

    await laboratory.call({ answer: "delay:3000" });
    await laboratory.send();
    await laboratory.row(/^200 OK to PRACK.*from callee, kept by the server/);
    await laboratory.row(/^200 OK to PRACK.*from server to caller/);
  });

  test("a refusal waits for nothing, and a caller who gives up ends it all", async (t) => {
    const laboratory = await openLaboratory({ world, t });
    await laboratory.call({ prack: "withhold*" });
    await laboratory.send({ code: "183", sdp: true });
    await laboratory.row(/kept by the server/);
    await laboratory.page.click("#reject");
    await laboratory.row(/^486 Busy Here to INVITE, from callee to caller/);
    await laboratory.row(/A refusal waits for no PRACK/);
    assert.match(await laboratory.page.textContent("#sender-title"), /^183 is repeated no more/);

    await laboratory.call({ prack: "withhold*" });
    await laboratory.send();
    await laboratory.row(/kept by the server/);
    await laboratory.page.click("#hangup:text-is('Cancel')");
    await laboratory.row(/^487 Request Terminated to INVITE, from callee to caller/);
    await laboratory.row(/The caller has given up: nothing is repeated any more/);
  });
});

describe("the page of the laboratory", () => {
  let world;
  before(async () => {
    world = await startWorld();
  });
  after(() => world?.close());

  test("is one link away from the softphone, and leaves alice to it", async (t) => {
    const laboratory = await openLaboratory({ world, t });
    assert.equal(await laboratory.page.textContent("#callee-state"), "at rest: heidi");
    await laboratory.page.click("a:text-is('Softphone')");
    await laboratory.page.waitForSelector("#phone[data-ready]");
    assert.equal(await laboratory.page.textContent("#account-name"), "Alice");
    await laboratory.page.click("a:text-is('PRACK laboratory')");
    await laboratory.page.waitForSelector("#standing[data-state=online]");
  });

  test("fits a phone's screen, in light and dark", async (t) => {
    for (const colorScheme of ["light", "dark"]) {
      const laboratory = await openLaboratory({ world, t, viewport: { width: 360, height: 740 }, colorScheme });
      const excess = () => laboratory.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      for (const view of ["hand", "tour"]) {
        await laboratory.page.click(`.tabs [data-view=${view}]`);
        assert.equal(await excess(), 0, `${view} is not wider than the screen`);
      }
      await laboratory.begin("forged");
      await laboratory.page.waitForSelector("#wire button.message", { state: "visible" });
      await laboratory.row(/copy 3/);
      assert.equal(await excess(), 0, "the wire is not wider than the screen");
      assert.ok(await laboratory.page.isVisible("#sender"));
      await laboratory.page.click("button.message:has-text('RAck became')");
      assert.equal(await excess(), 0, "the message is not wider than the screen");
      await laboratory.page.click("#message-close");
      await laboratory.page.click("#watching");
      await laboratory.finished("forged");
    }
  });

  test("shows a message as it was sent, and what was falsified", async (t) => {
    const laboratory = await openLaboratory({ world, t });
    await laboratory.begin("forged");
    await laboratory.finished("forged");
    await laboratory.page.click("button.message:has-text('RAck became')");
    const [gone] = await laboratory.page.$$eval("#message-text .gone", (lines) => lines.map((line) => line.textContent));
    const [arrived] = await laboratory.page.$$eval("#message-text .new", (lines) => lines.map((line) => line.textContent));
    const number = (line) => Number(/^RAck: (\d+) 1 INVITE\n$/.exec(line)[1]);
    assert.equal(number(arrived), number(gone) + 1);
    const lines = await laboratory.page.$$eval("#message-text .line", (all) => all.map((line) => line.getBoundingClientRect().top));
    assert.equal(new Set(lines).size, lines.length, "each line is a line");
    await laboratory.page.keyboard.press("ArrowDown");
    assert.match(await laboratory.page.textContent("#message-title"), /^481 /);
    await laboratory.page.focus("#message-text");
    await laboratory.page.keyboard.press("Escape");
    await laboratory.page.waitForSelector("#message", { state: "hidden" });
  });

  test("can be used by keys alone", async (t) => {
    const { page, ...laboratory } = await openLaboratory({ world, t });
    await page.focus("#tab-tour");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.getAttribute("#tab-hand", "aria-selected"), "true");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.isChecked("[name=caller][value=required]"), true);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#send:enabled");
    await page.focus("#send");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".note.callee.good");
    assert.match(await page.textContent("#spoken"), /The callee knows: its 180 has arrived/, "it is read out");
    assert.deepEqual(laboratory.errors, []);
  });

  test("has its picture taken", async (t) => {
    const laboratory = await openLaboratory({ world, t });
    await laboratory.begin("held");
    await laboratory.row(/copy 3/);
    const picture = await laboratory.page.screenshot();
    assert.ok(picture.length > 20_000, "something is on it");
    if (process.env.UPDATE_PICTURE === "1") await writeFile(join(root, "docs", "laboratory.png"), picture);
    await laboratory.finished("held");
  });

  test("says so where there is no demo server", async (t) => {
    const context = await world.browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    await page.route("**/demo-users", (route) => route.fulfill({ status: 404 }));
    await page.goto(new URL("laboratory.html", world.address).href);
    await page.waitForSelector("#standing[data-state=failed]");
    assert.match(await page.textContent("#experiments"), /^The laboratory needs the development server/);
    assert.equal(await page.evaluate(() => document.querySelector("#hand").inert), true);
  });
});
