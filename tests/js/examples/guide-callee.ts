/** How the examples of docs/prack.md are played in which the user agent is called. */

import assert from "node:assert/strict";
import { Caller } from "../far-end.js";
import { SDP, field } from "../sip-peer.js";
import type { Scenarios } from "./play.js";

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
};
