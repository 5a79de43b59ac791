/** How those examples of the guide are played in which the user agent is called. */

import assert from "node:assert/strict";
import { Caller } from "../far-end.js";
import { SDP, field } from "../sip-peer.js";
import type { Scenarios } from "./play.js";
import type { Stage } from "./stage.js";

export const scenarios: Scenarios = {
  "progress": async (stage) => {
    const ua = await stage.agent();
    await stage.run({ ua });
    const bob = new Caller(stage.peer);
    bob.invite();
    const ringing = await bob.response(180);
    assert.equal(field(ringing, "Alert-Info"), "<urn:alert:service:normal>");
    await bob.prack(ringing);
    await bob.response(200);
    bob.ack();
    assert.deepEqual(stage.logged, [`supported acknowledged: ${field(ringing, "RSeq")}`]);
  },

  "queue": async (stage) => {
    const ua = await stage.agent();
    const { call, bob } = await stage.called(ua);
    const playing = stage.run({ call });
    const sent: [status: number, body: boolean, rseq: number][] = [];
    for (const status of [180, 182, 183]) {
      const response = await bob.response(status);
      sent.push([status, response.endsWith(SDP), Number(field(response, "RSeq"))]);
      await bob.prack(response);
    }
    const [first = 0] = sent.map(([, , rseq]) => rseq);
    assert.deepEqual(sent, [[180, false, first], [182, false, first + 1], [183, true, first + 2]]);
    await bob.response(200);
    bob.ack();
    await playing;
    assert.deepEqual(stage.logged, [first, first + 1, first + 2].map(String));
  },

  "outstanding": async (stage) => {
    const ua = await stage.agent();
    const { call, bob } = await stage.called(ua);
    const playing = stage.run({ call });
    await bob.response(180);
    await playing;
    assert.deepEqual(stage.logged, ["the first one is on its way"]);
    assert.equal(stage.peer.received.some((message) => message.startsWith("SIP/2.0 183")), false);
  },

  "readme-callee": async (stage) => {
    await stage.run({ ua: await stage.agent() });
    const bob = new Caller(stage.peer);
    bob.invite();
    const early = await bob.response(183);
    assert.ok(early.endsWith(SDP));
    await bob.prack(early);
    const ringing = await bob.response(180);
    await bob.prack(ringing);
    await bob.response(200);
    bob.ack();
    assert.deepEqual(stage.logged, [`${field(early, "RSeq")} ${field(ringing, "RSeq")}`]);
    bob.request("BYE");
    await bob.response(200);
    const silent = new Caller(stage.peer);
    silent.invite();
    await silent.response(183);
    stage.sleep(32_000);
    await silent.response(503);
    assert.equal(stage.logged[1], "no-prack");
  },

  "noprack": async (stage) => {
    const ua = await stage.agent();
    const { call, bob } = await stage.called(ua);
    const playing = assert.rejects(stage.run({ call }), { name: "Rel100Error", code: "no-prack" });
    const rseq = field(await bob.response(180), "RSeq");
    stage.sleep(32_000);
    const final = await bob.response(503);
    assert.match(final, /^SIP\/2.0 503 Caller Unreachable/);
    bob.ack("", true);
    await playing;
    assert.deepEqual(stage.logged, [`${rseq} SIP/2.0 180 Ringing INVITE sip:alice@example.com SIP/2.0`]);
  },

  "options": async (stage) => {
    await stage.run({ UserAgent: stage.LocalAgent });
    const [ua] = stage.agents;
    assert.ok(ua);
    await ua.connect();
    const { call, bob } = await stage.called(ua);
    void call.progress({ code: 180 });
    void call.progress({ code: 183 });
    assert.equal(field(await bob.response(180), "RSeq"), "");
    assert.notEqual(field(await bob.response(183), "RSeq"), "");
  },

  "pending": async (stage) => {
    const { call, bob } = await stage.called(await stage.agent());
    await stage.run({ call });
    const first = await bob.response(180);
    await bob.prack(first);
    const second = await bob.response(182);
    await bob.prack(second);
    assert.deepEqual(stage.logged, [
      `${field(first, "RSeq")} is acknowledged, waiting: 182`, `${field(second, "RSeq")} is acknowledged, waiting: `,
    ]);
    assert.deepEqual(call.pendingReliable, []);
  },

  "noack": async (stage) => {
    const { call, bob } = await stage.called(await stage.agent());
    const playing = stage.run({ call });
    await bob.response(200);
    stage.sleep(32_000);
    stage.peer.respond(await stage.peer.next("BYE"), "200 OK");
    await playing;
    assert.deepEqual(stage.logged, ["the caller does not hear us", "no-ack"]);
  },

  "cancel": async (stage) => {
    const { call, bob } = await stage.called(await stage.agent());
    const playing = stage.run({ call });
    await bob.response(180);
    bob.cancel(["Reason: SIP;cause=200;text=\"Call completed elsewhere\""]);
    await bob.response(487);
    bob.ack("", true);
    await playing;
    assert.deepEqual(stage.logged.toSorted(), ["cancelled", "given up: SIP;cause=200;text=\"Call completed elsewhere\""]);
  },

  "reinvite": decideReinvites,

  "prack-answer": async (stage) => {
    const { call, bob } = await stage.called(await stage.agent({ media: "manual" }));
    let described = 0;
    const mediaServer = { answer: (offer: string) => { described += 1; return Promise.resolve(`answer ${described} to ${offer.length} octets`); } };
    const playing = stage.run({ call, mediaServer });
    const early = await bob.response(183);
    assert.ok(early.endsWith(`answer 1 to ${SDP.length} octets`));
    assert.match(await bob.prack(early, "an offer"), /answer 2 to 8 octets$/);
    await playing;
    assert.equal(described, 2);
  },

  "errors": async (stage) => {
    const { call } = await stage.called(await stage.agent(), []);
    await stage.run({ call });
    assert.deepEqual(stage.logged, ["not-provisional", "peer-unsupported", "TypeError"]);
  },
};

/** A re-INVITE that the user agrees to, and one that is refused. */
export async function decideReinvites(stage: Stage): Promise<void> {
  const { call, bob } = await stage.called(await stage.agent({ reinvites: "manual" }));
  const wishes = [true, false];
  await stage.run({ call, userAgrees: () => Promise.resolve(wishes.shift()) });
  void call.accept();
  await bob.response(200);
  bob.ack();
  for (const status of [200, 488]) {
    bob.invite();
    await bob.prack(await bob.response(180));
    await bob.response(status);
    bob.ack("", status !== 200);
  }
  assert.equal(call.state, "confirmed");
}
