/** How the examples of docs/prack.md are played in which the user agent calls. */

import assert from "node:assert/strict";
import { Callee } from "../far-end.js";
import { SDP, field } from "../sip-peer.js";
import type { Scenarios } from "./play.js";

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
