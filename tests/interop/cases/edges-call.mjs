// Two edges, and a call when one of them goes: the sound never passes an edge and goes on; whatever the
// two sides have to say to each other takes the other edge.
import assert from "node:assert/strict";
import { plain } from "../harness/sdp.mjs";
import { failOver, killed, movedTo, phoneAtFirst, twoEdges, untilProven } from "../harness/edges.mjs";

const [OURS, THEIRS] = [440, 1000];

/** A phone at the first edge that talks to a peer on plain RTP, by way of rtpengine. */
async function talking(t) {
  const [alice, bob, rtp] = await Promise.all([phoneAtFirst(t, { media: { tone: OURS } }), t.peer(), t.rtp()]);
  const call = await alice.call(bob.uri);
  const invite = await bob.request("INVITE");
  rtp.speak(THEIRS, invite.body);
  await bob.respond(invite, 200, { sdp: plain(rtp.port) });
  await bob.request("ACK");
  await call.answered();
  const heard = () => {
    rtp.forget();
    return Promise.all([call.hears(THEIRS), rtp.hears(OURS)]);
  };
  await heard();
  return { alice, bob, rtp, call, invite, heard };
}

/** The phone holds the call, and takes it up again. */
async function holdAndResume({ bob, rtp, call, heard }) {
  for (const [method, ours, theirs] of [["hold", "sendonly", "recvonly"], ["unhold", "sendrecv", "sendrecv"]]) {
    const done = call.do(method);
    const again = await bob.request("INVITE");
    assert.match(again.body, new RegExp(`^a=${ours}`, "m"));
    await bob.respond(again, 200, { sdp: plain(rtp.port, 2).replace("sendrecv", theirs) });
    await bob.request("ACK");
    await done;
  }
  await heard();
}

/** What the peer has to say finds the phone. */
async function theirRequests({ bob, rtp, call, invite, heard }) {
  const theirs = bob.within(invite);
  await theirs.request("INFO", { body: "Signal=5\r\nDuration=100\r\n", type: "application/dtmf-relay" });
  await theirs.response(200, "INFO");
  await call.event("info", { contentType: "application/dtmf-relay" });
  await theirs.request("INVITE", { body: plain(rtp.port, 3) });
  await theirs.response(200);
  await theirs.ack();
  await heard();
  return theirs;
}

export default {
  title: "two edges",
  cases: {
    "killed in a call: the sound goes on; hold, DTMF, INFO, re-INVITE and BYE take the other": twoEdges(async (t) => {
      const parts = await talking(t);
      const { alice, bob, call, heard } = parts;
      await failOver(t, alice);
      await heard();
      await call.event("statechange", { state: "reconnecting" });
      await call.event("statechange", { state: "confirmed" });
      await holdAndResume(parts);
      const tone = call.do("sendDtmf", "7", { transport: "info" });
      await bob.respond(await bob.request("INFO"), 200);
      await tone;
      const theirs = await theirRequests(parts);
      await theirs.bye();
      assert.equal((await call.ended()).by, "remote");
      assert.equal(bob.count("INVITE"), 3);
    }),

    "killed in a call between two browsers, back and killed again: each hangs up what is his": twoEdges(async (t) => {
      const [first, second] = t.world.edges;
      const [alice, bob] = await Promise.all([OURS, THEIRS].map((tone) => phoneAtFirst(t, { media: { tone } })));
      const call = await alice.call(bob.uri);
      const incoming = await bob.incoming();
      await incoming.do("accept");
      await call.answered();
      await failOver(t, alice, bob);
      await first.start();
      await incoming.do("hold");
      await incoming.do("unhold");
      await killed(second);
      await Promise.all([alice, bob].map((phone) => movedTo(t, phone, first)));
      await call.do("sendDtmf", "1", { transport: "info" });
      await incoming.event("info");
      await Promise.all([call.hears(THEIRS), incoming.hears(OURS)]);
      await incoming.hangup();
      assert.equal((await call.ended()).by, "remote");
      assert.equal(bob.count("invite"), 1);
    }),

    "it hangs in a call: a hold is lost with it, the sound is not, and the next one takes the other": twoEdges(async (t) => {
      const [first, second] = t.world.edges;
      const parts = await talking(t);
      const { alice, bob, call, heard } = parts;
      await untilProven();
      first.suspend();
      const lost = call.do("hold");
      await movedTo(t, alice, second, { within: 30_000 });
      await assert.rejects(lost);
      await heard();
      await holdAndResume(parts);
      first.resume();
      const over = call.hangup();
      await bob.respond(await bob.request("BYE"), 200);
      assert.equal((await over).cause, "bye");
    }, { long: true }),
  },
};
