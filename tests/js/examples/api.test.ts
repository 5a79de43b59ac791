/** The examples in the comments of the API, which editors show. */

import assert from "node:assert/strict";
import { before } from "node:test";
import { Callee, Caller } from "../far-end.js";
import { loadEngine } from "../real-engine.js";
import { SDP, field } from "../sip-peer.js";
import { apiExamples } from "./extract.js";
import { decideReinvites } from "./guide-callee.js";
import { play } from "./play.js";
import type { Scenarios } from "./play.js";

before(loadEngine);

const scenarios: Scenarios = {
  "Call": async (stage) => {
    const shown: string[] = [];
    const playing = stage.run({ ua: await stage.agent(), show: (text: string) => shown.push(text) });
    const bob = await stage.callee();
    bob.respond("180 Ringing");
    bob.respond("486 Busy Here");
    await playing;
    assert.deepEqual(shown, ["ringing", "busy"]);
  },

  "Call.progress": async (stage) => {
    const { call, bob } = await stage.called(await stage.agent());
    const playing = stage.run({ call });
    const early = await bob.response(183);
    assert.ok(early.endsWith(SDP));
    await bob.prack(early);
    await playing;
  },

  "Call.update": async (stage) => {
    const ua = await stage.agent();
    const call = ua.call("sip:bob@example.com");
    const bob = await stage.callee();
    await bob.accept(SDP);
    await call.answered;
    const playing = stage.run({ call });
    const update = await stage.peer.next("UPDATE");
    assert.ok(update.endsWith(SDP));
    stage.peer.respond(update, "200 OK", [], SDP);
    await playing;
  },

  "CallProgressEvent": async (stage) => {
    const ua = await stage.agent();
    const call = ua.call("sip:bob@example.com");
    let shown = 0;
    await stage.run({ call, showRinging: () => { shown += 1; } });
    const bob = await stage.callee();
    bob.progress("180 Ringing", 5);
    await bob.prack();
    await bob.accept(SDP);
    await call.answered;
    assert.deepEqual([shown, stage.logged], [1, ["acknowledged by PRACK, RSeq 5"]]);
  },

  "CallProgressEvent.prack": async (stage) => {
    const ua = await stage.agent({ prack: "manual" });
    await stage.run({ call: ua.call("sip:bob@example.com") });
    const bob = await stage.callee();
    bob.progress("180 Ringing", 5);
    assert.equal(field(await bob.prack(), "X-Ticket"), "42");
    await bob.accept(SDP);
  },

  "DescribeEvent": async (stage) => {
    const ua = await stage.agent({ media: "manual" });
    const call = ua.call("sip:bob@example.com");
    const offered: (string | undefined)[] = [];
    await stage.run({ call, makeOffer: () => Promise.resolve("our offer"), makeAnswer: (offer?: string) => { offered.push(offer); return "our answer"; } });
    const bob = await stage.callee();
    assert.match(bob.invite, /our offer$/);
    await bob.accept(SDP);
    bob.request("INVITE", SDP);
    assert.match(await stage.peer.next("SIP/2.0 200"), /our answer$/);
    assert.deepEqual(offered, [SDP]);
  },

  "InviteEvent": async (stage) => {
    const answerButton: { onclick?: () => Promise<void> } = {};
    await stage.run({ ua: await stage.agent(), answerButton });
    const bob = new Caller(stage.peer);
    bob.invite();
    await bob.prack(await bob.response(180));
    await answerButton.onclick?.();
    await bob.response(200);
    bob.ack();
  },

  "PrackEvent.answer": async (stage) => {
    const { call, bob } = await stage.called(await stage.agent({ media: "manual" }));
    call.addEventListener("describe", (event) => { event.respondWith("the first answer"); });
    await stage.run({ call, makeAnswer: (offer: string) => Promise.resolve(`answer to ${offer.length} octets`) });
    void call.progress({ code: 183 });
    const response = await bob.prack(await bob.response(183), SDP);
    assert.ok(response.endsWith(`answer to ${SDP.length} octets`));
  },

  "Rel100Error": async (stage) => {
    const { call, bob } = await stage.called(await stage.agent(), []);
    await stage.run({ call });
    const early = await bob.response(183);
    assert.equal(field(early, "RSeq"), "");
  },

  "ReinviteEvent": decideReinvites,

  "SipError": async (stage) => {
    let asked = 0;
    const playing = stage.run({ ua: await stage.agent(), askForPassword: () => { asked += 1; } });
    stage.peer.respond(await stage.peer.next("REGISTER"), "403 Forbidden");
    await playing;
    assert.equal(asked, 1);
  },

  "UserAgent": async (stage) => {
    const playing = stage.run({ UserAgent: stage.LocalAgent, password: "secret" });
    const request = await stage.peer.next("REGISTER");
    stage.peer.respond(request, "200 OK", [`Contact: ${field(request, "Contact")};expires=600`]);
    await playing;
    const bob = new Caller(stage.peer);
    bob.invite();
    await bob.response(200);
    bob.ack();
  },

  "UserAgent.call": async (stage) => {
    const playing = stage.run({ ua: await stage.agent(), audio: {} });
    const bob = new Callee(stage.peer, await stage.peer.next("INVITE sip:bob@example.com"));
    await bob.accept(SDP);
    await playing;
  },

  "load": async (stage) => {
    await stage.run();
  },

  "readMessage": async (stage) => {
    const ua = await stage.agent();
    const asking = ua.options("sip:bob@example.com");
    stage.peer.respond(await stage.peer.next("OPTIONS"), "200 OK");
    await asking;
    await stage.run({ ua });
    assert.equal(stage.logged.length, 2);
    for (const line of stage.logged) assert.match(line, /^\S+ \d+ OPTIONS sip:alice@example\.com$/);
  },
};

play(apiExamples("js"), scenarios);
