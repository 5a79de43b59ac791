/** How those examples of the guide are played in which the user agent calls. */

import assert from "node:assert/strict";
import type { UserAgent, UserAgentOptions } from "../../../js/index.js";
import { Callee } from "../far-end.js";
import { SDP, field } from "../sip-peer.js";
import type { Scenarios } from "./play.js";
import type { Stage } from "./stage.js";

export const scenarios: Scenarios = {
  "connect": async (stage) => {
    await stage.run({ UserAgent: stage.LocalAgent });
    assert.deepEqual(stage.agents.map(({ connection }) => connection), ["connected"]);
  },

  "early-media": async (stage) => {
    const ua = await stage.agent();
    const playing = stage.run({ ua, audio: {} });
    const bob = await stage.callee();
    bob.respond("180 Ringing");
    bob.progress("183 Session Progress", 7, SDP);
    assert.equal(field(await bob.prack(), "RAck"), `7 ${field(bob.invite, "CSeq")}`);
    bob.progress("180 Ringing", 8);
    await bob.prack();
    await bob.accept();
    await playing;
    assert.deepEqual(stage.logged, ["180 unreliable without", "183 reliable with media", "180 reliable without"]);
  },

  "manual": async (stage) => {
    await stage.run({ ua: await stage.agent() });
    const bob = await stage.callee();
    bob.respond("180 Ringing");
    bob.progress("180 Ringing", 21);
    const prack = await bob.prack();
    assert.deepEqual([field(prack, "X-Ticket"), field(prack, "Content-Type"), field(prack, "RAck")], ["42", "text/plain", "21 1 INVITE"]);
    assert.match(prack, /seen by alice$/);
    await bob.accept(SDP);
    assert.deepEqual(stage.logged, ["21 acknowledged, 200"]);
  },

  "deadline": async (stage) => {
    await stage.run({ ua: await stage.agent({ prackDeadline: 1000 }) });
    const bob = await stage.callee();
    bob.progress("180 Ringing", 21);
    assert.equal(field(await bob.prack(), "RAck"), "21 1 INVITE");
    await bob.accept(SDP);
    assert.deepEqual(stage.logged, ["21 already-sent"]);
  },

  "prack-offer": async (stage) => {
    await stage.run({ ua: await stage.agent() });
    const bob = await stage.callee();
    bob.progress("183 Session Progress", 1, SDP);
    const offering = await bob.prack("488 Not Acceptable Here");
    assert.ok(offering.endsWith(SDP));
    const plain = await bob.prack();
    assert.deepEqual([field(plain, "RAck"), field(plain, "Content-Length")], [field(offering, "RAck"), "0"]);
    bob.progress("180 Ringing", 2);
    await bob.prack();
    await bob.accept();
    assert.deepEqual(stage.logged, ["not changed: 488", "not-acceptable", "1 200", "2 200"]);
  },

  "changed-answer": async (stage) => {
    class ManualAgent extends stage.LocalAgent {
      constructor(options: UserAgentOptions) {
        super({ ...options, media: "manual" });
      }
    }
    await stage.run({ UserAgent: ManualAgent });
    const [changing] = stage.agents;
    assert.ok(changing);
    await changing.connect();
    assert.equal(await inForce(stage, changing), "the answer");
    assert.equal(await inForce(stage, await stage.agent({ media: "manual" })), "the preview");
  },

  "update": async (stage) => {
    const playing = stage.run({ ua: await stage.agent() });
    const bob = await stage.callee();
    bob.progress("183 Session Progress", 1, SDP);
    await bob.prack();
    const update = await stage.peer.next("UPDATE");
    assert.ok(update.endsWith(SDP));
    stage.peer.respond(update, "200 OK", [], SDP);
    bob.request("UPDATE", SDP);
    await stage.peer.next("SIP/2.0 200");
    await bob.accept();
    await playing;
    assert.deepEqual(stage.logged, ["early held", "the callee has changed the session"]);
  },

  "oa-pending": async (stage) => {
    const ua = await stage.agent();
    await stage.run({ call: ua.call("sip:bob@example.com") });
    const bob = await stage.callee();
    bob.progress("183 Session Progress", 1, SDP);
    await bob.prack();
    await bob.accept();
    assert.deepEqual(stage.logged, ["oa-pending"]);
    assert.equal(stage.peer.received.some((message) => message.startsWith("UPDATE")), false);
  },

  "forks": async (stage) => {
    const playing = stage.run({ ua: await stage.agent() });
    const desk = await stage.callee("desk");
    const mobile = new Callee(stage.peer, desk.invite, "mobile");
    desk.progress("180 Ringing", 100);
    await desk.prack();
    mobile.progress("180 Ringing", 7);
    await mobile.prack();
    desk.respond("199 Early Dialog Terminated", "", ["Reason: SIP;cause=486"]);
    await mobile.accept(SDP);
    await playing;
    assert.deepEqual(stage.logged, [
      "0: early, RSeq 100", "0: early, RSeq 100; 1: early, RSeq 7", "0 has ended: 486", "1 has answered",
    ]);
  },

  "fork": async (stage) => {
    await stage.run({ UserAgent: stage.LocalAgent });
    const desk = await stage.callee("desk");
    const mobile = new Callee(stage.peer, desk.invite, "mobile");
    await desk.accept(SDP);
    await mobile.accept(SDP);
    const offer = await stage.peer.next("INVITE");
    assert.match(field(offer, "To"), /;tag=mobile/);
    stage.peer.respond(offer, "200 OK", ["Contact: <sip:bob@mobile.invalid;transport=ws>"], SDP);
    await stage.peer.next("ACK");
    assert.deepEqual(stage.logged, ["sip:bob@example.com is there twice"]);
    assert.equal(stage.agents[0]?.calls.length, 2);
  },

  "manual-media": async (stage) => {
    const applied: unknown[] = [];
    const mediaServer = {
      offer: () => Promise.resolve(SDP),
      answer: (offer: string) => `answer to ${offer.length} octets`,
      apply: (...description: unknown[]) => applied.push(description),
      undo: () => applied.push("undone"),
    };
    const playing = stage.run({ UserAgent: stage.LocalAgent, mediaServer });
    const bob = await stage.callee();
    assert.ok(bob.invite.endsWith(SDP));
    bob.progress("183 Session Progress", 1, "early answer");
    await bob.prack();
    await bob.accept();
    await playing;
    bob.request("UPDATE", "another offer");
    assert.match(await stage.peer.next("SIP/2.0 200"), /answer to 13 octets$/);
    const [agent] = stage.agents;
    const refused = agent?.calls[0]?.update();
    stage.peer.respond(await stage.peer.next("UPDATE"), "488 Not Acceptable Here");
    await assert.rejects(refused ?? Promise.resolve(), { code: "not-acceptable" });
    assert.deepEqual(applied, [["early answer", "answer", false], "undone"]);
  },

  "extensions": async (stage) => {
    await stage.run({ UserAgent: stage.LocalAgent });
    const [ua] = stage.agents;
    assert.ok(ua);
    await ua.connect();
    const precondition = `${SDP}a=curr:qos e2e none\r\na=des:qos mandatory e2e sendrecv\r\n`;
    const call = ua.call("sip:bob@example.com");
    call.addEventListener("describe", (event) => { event.respondWith(precondition); });
    const bob = await stage.callee();
    assert.match(field(bob.invite, "Supported"), /precondition/);
    assert.match(field(bob.invite, "Require"), /precondition/);
  },

  "readme-caller": async (stage) => {
    const playing = stage.run({ ua: await stage.agent() });
    const bob = await stage.callee();
    assert.equal(field(bob.invite, "Require"), "100rel");
    bob.progress("183 Session Progress", 9, SDP);
    assert.equal(field(await bob.prack(), "X-Ticket"), "42");
    await bob.accept();
    await playing;
    assert.deepEqual(stage.logged, ["183 9 true"]);
  },

  "fallback": async (stage) => {
    const playing = stage.run({ ua: await stage.agent() });
    const bob = await stage.callee();
    assert.equal(field(bob.invite, "Require"), "100rel");
    bob.respond("420 Bad Extension", "", ["Unsupported: 100rel"]);
    const again = new Callee(stage.peer, await stage.peer.next("INVITE"));
    assert.deepEqual([field(again.invite, "Require"), field(again.invite, "Call-ID")], ["", field(bob.invite, "Call-ID")]);
    assert.doesNotMatch(field(again.invite, "Supported"), /100rel/);
    await again.accept(SDP);
    await playing;
  },
};

/** Which description counts when the answer differs from the preview. */
async function inForce(stage: Stage, ua: UserAgent): Promise<string | undefined> {
  const call = ua.call("sip:bob@example.com");
  const heard: string[] = [];
  call.addEventListener("describe", (event) => { event.respondWith("an offer"); });
  call.addEventListener("remotedescription", ({ sdp }) => heard.push(sdp));
  const bob = await stage.callee();
  bob.respond("183 Session Progress", "the preview");
  bob.progress("183 Session Progress", 1, "the answer");
  await bob.prack();
  await bob.accept();
  await call.answered;
  return heard.at(-1);
}
