// Real audio, measured at both ends: between a browser and a phone on plain RTP (rtpengine
// translates), through TURN, and between browsers.
import assert from "node:assert/strict";
import { plain } from "../harness/sdp.mjs";

const [OURS, THEIRS] = [440, 1000];

/** A phone with a voice, and a peer with one. */
async function voices(t, options = {}) {
  const [alice, bob, rtp] = await Promise.all([t.phone({ media: { tone: OURS, ...options } }), t.peer(), t.rtp()]);
  return { alice, bob, rtp };
}

async function hangUp(call, bob) {
  const over = call.hangup();
  await bob.respond(await bob.request("BYE"), 200);
  await over;
}

export default {
  title: "media",
  cases: {
    async "early media from a plain-RTP phone in a reliable 183, then both ways"(t) {
      const { alice, bob, rtp } = await voices(t);
      const call = await alice.call(bob.uri);
      const invite = await bob.request("INVITE");
      assert.match(invite.body, /^m=audio \d+ RTP\/AVP /m);
      assert.doesNotMatch(invite.body, /fingerprint|candidate/);
      rtp.speak(THEIRS, invite.body);
      await bob.respond(invite, 183, { rseq: 1, sdp: plain(rtp.port) });
      await bob.respond(await bob.request("PRACK"), 200);
      await call.hears(THEIRS);
      assert.equal(await call.state(), "early");
      await bob.respond(invite, 200);
      await bob.request("ACK");
      await call.answered();
      await Promise.all([call.hears(THEIRS), rtp.hears(OURS)]);
      await hangUp(call, bob);
    },

    async "a plain-RTP phone calls: it hears early media, then both ways"(t) {
      const { alice, bob, rtp } = await voices(t);
      const call = await bob.invite(alice.uri, { sdp: plain(rtp.port) });
      const ringing = await alice.incoming();
      const progress = ringing.do("progress", { code: 183 });
      const response = await call.response(183);
      rtp.speak(THEIRS, response.body);
      await call.prack(response);
      await call.response(200, "PRACK");
      await progress;
      await rtp.hears(OURS);
      const accepted = ringing.do("accept");
      await call.response(200);
      await call.ack();
      await accepted;
      await Promise.all([ringing.hears(THEIRS), rtp.hears(OURS)]);
      await call.bye();
      await ringing.ended();
    },

    async "offerless, to a plain-RTP phone that offers in its reliable 183"(t) {
      const { alice, bob, rtp } = await voices(t);
      const call = await alice.call(bob.uri, { offerless: true });
      const invite = await bob.request("INVITE");
      await bob.respond(invite, 183, { rseq: 1, sdp: plain(rtp.port) });
      const prack = await bob.request("PRACK");
      rtp.speak(THEIRS, prack.body);
      await bob.respond(prack, 200);
      await call.hears(THEIRS);
      await bob.respond(invite, 200);
      await bob.request("ACK");
      await call.answered();
      await rtp.hears(OURS);
      await hangUp(call, bob);
    },

    async "an offer of the plain-RTP phone in its PRACK moves its audio"(t) {
      const { alice, bob, rtp } = await voices(t);
      const call = await bob.invite(alice.uri, { sdp: plain(rtp.port) });
      const ringing = await alice.incoming();
      const progress = ringing.do("progress", { code: 183 });
      const response = await call.response(183);
      const other = await t.rtp();
      await call.prack(response, { body: plain(other.port, 2) });
      other.speak(THEIRS, (await call.response(200, "PRACK")).body);
      await progress;
      const accepted = ringing.do("accept");
      await call.response(200);
      await call.ack();
      await accepted;
      await Promise.all([ringing.hears(THEIRS), other.hears(OURS)]);
      await call.bye();
      await ringing.ended();
    },

    async "through TURN alone"(t) {
      const turn = await t.lab.turn();
      const { alice, bob, rtp } = await voices(t, { iceServers: [turn], iceTransportPolicy: "relay" });
      const call = await alice.call(bob.uri);
      const invite = await bob.request("INVITE");
      await bob.respond(invite, 200, { sdp: plain(rtp.port) });
      await bob.request("ACK");
      rtp.speak(THEIRS, invite.body);
      await call.answered();
      await Promise.all([call.hears(THEIRS), rtp.hears(OURS)]);
      const offer = (await alice.sent("INVITE")).body;
      assert.match(offer, /typ relay/);
      assert.doesNotMatch(offer, /typ host/);
      await hangUp(call, bob);
    },

    async "browsers among themselves: nothing between them"(t) {
      const [alice, bob] = await Promise.all([t.phone({ media: { tone: OURS } }), t.phone({ media: { tone: THEIRS } })]);
      const call = await alice.call(bob.uri);
      const ringing = await bob.incoming();
      await ringing.do("progress", { code: 183 });
      await call.hears(THEIRS);
      await ringing.do("accept");
      await call.answered();
      await Promise.all([call.hears(THEIRS), ringing.hears(OURS)]);
      const fingerprint = /a=fingerprint:.*/;
      const [sent, received] = [await alice.sent("INVITE"), await bob.received("INVITE")];
      assert.equal(fingerprint.exec(received.body)[0], fingerprint.exec(sent.body)[0]);
      await call.hangup();
    },

    async "a user with a browser and a plain-RTP phone: whoever answers is heard"(t) {
      const { alice, bob, rtp } = await voices(t);
      const browser = await t.phone({ user: bob.user, media: { tone: 2000 } });
      const call = await alice.call(bob.uri);
      const [invite, ringing] = await Promise.all([bob.request("INVITE"), browser.incoming()]);
      await ringing.do("progress", { code: 183 });
      await call.hears(2000);
      rtp.speak(THEIRS, invite.body);
      await bob.respond(invite, 200, { sdp: plain(rtp.port) });
      await bob.request("ACK");
      await call.answered();
      assert.equal((await ringing.ended()).cause, "cancelled");
      await Promise.all([call.hears(THEIRS), rtp.hears(OURS)]);
      await hangUp(call, bob);
    },

    async "hold and resume with a plain-RTP phone"(t) {
      const { alice, bob, rtp } = await voices(t);
      const call = await alice.call(bob.uri);
      const invite = await bob.request("INVITE");
      await bob.respond(invite, 200, { sdp: plain(rtp.port) });
      await bob.request("ACK");
      rtp.speak(THEIRS, invite.body);
      await Promise.all([call.hears(THEIRS), rtp.hears(OURS)]);
      for (const [method, direction] of [["hold", "sendonly"], ["unhold", "sendrecv"]]) {
        const done = call.do(method);
        const again = await bob.request("INVITE");
        assert.match(again.body, new RegExp(`^a=${direction}`, "m"));
        await bob.respond(again, 200, { sdp: plain(rtp.port, 2).replace("sendrecv", direction === "sendonly" ? "recvonly" : "sendrecv") });
        await bob.request("ACK");
        await done;
      }
      rtp.forget();
      await Promise.all([call.hears(THEIRS), rtp.hears(OURS)]);
      await hangUp(call, bob);
    },
  },
};
