// What a connection may do to a call: odd frames, its loss, and servers that restart.
import assert from "node:assert/strict";

/** A phone in a call that it began; behind a gate, unless said otherwise. */
async function talking(t, { gated = true } = {}) {
  const gate = gated ? await t.gate() : undefined;
  const [alice, bob] = await Promise.all([t.phone({ server: gate?.address }), t.peer()]);
  const call = await alice.call(bob.uri);
  const invite = await bob.request("INVITE");
  await bob.respond(invite, 200, { sdp: true });
  await bob.request("ACK");
  await call.event("statechange", { state: "confirmed" });
  return { gate, alice, bob, call, invite };
}

async function hangUp({ bob, call }) {
  const over = call.hangup();
  await bob.respond(await bob.request("BYE"), 200);
  assert.equal((await over).cause, "bye");
}

/** A phone whose connection is cut while its PRACK has no answer. */
async function outstanding(t) {
  const gate = await t.gate();
  const [alice, bob] = await Promise.all([t.phone({ server: gate.address }), t.peer()]);
  const call = await alice.call(bob.uri);
  const invite = await bob.request("INVITE");
  await bob.respond(invite, 183, { rseq: 5, sdp: true });
  const prack = await bob.request("PRACK");
  await alice.event("registration", { state: "registered" });
  gate.cut();
  await alice.event("registration", { state: "unregistered" });
  await alice.event("registration", { state: "registered" });
  return { alice, bob, call, invite, prack };
}

/** What no SIP server sends, and what some do. */
const RUBBISH = [
  "", "\r\n", "\r\n\r\n\r\n\r\n", "\0", "nonsense", "GET / HTTP/1.1\r\n\r\n", "SIP/2.0", "SIP/2.0 200 OK\r\n\r\n",
  "INVITE sip:alice@prackle.test SIP/2.0\r\n\r\n", `SIP/2.0 183 ${"x".repeat(50_000)}`, "PRACK", "\u{1f4de}".repeat(1000),
  "SIP/2.0 200 OK\r\nVia: SIP/2.0/WS x;branch=z9hG4bKx\r\nCSeq: 99999999999999 INVITE\r\nContent-Length: -1\r\n\r\n",
  Buffer.from([0xff, 0xfe, 0x00, 0x80]),
];

export default {
  title: "connection",
  cases: {
    async "binary frames are read like text"(t) {
      const gate = Object.assign(await t.gate(), { binary: true });
      const [alice, bob] = await Promise.all([t.phone({ server: gate.address }), t.peer()]);
      const call = await alice.call(bob.uri);
      const invite = await bob.request("INVITE");
      await bob.respond(invite, 183, { rseq: 1, sdp: true });
      await bob.respond(await bob.request("PRACK"), 200);
      await bob.respond(invite, 200);
      await bob.request("ACK");
      await call.answered();
      await hangUp({ bob, call });
    },

    async "rubbish between the messages of a call does nothing"(t) {
      const { gate, bob, call } = await talking(t);
      for (const one of RUBBISH) gate.inject(one);
      await hangUp({ bob, call });
      assert.equal(gate.connections, 1);
    },

    async "cut off while idle: connected and registered again, and reachable"(t) {
      const gate = await t.gate();
      const alice = await t.phone({ server: gate.address });
      await alice.event("registration", { state: "registered" });
      gate.cut();
      await alice.event("registration", { state: "unregistered" });
      await alice.event("registration", { state: "registered" });
      const bob = await t.peer({ registered: false });
      const call = await bob.invite(alice.uri);
      await (await alice.incoming()).do("reject", { status: 486 });
      await call.response(486);
      await call.ack();
    },

    async "cut off in a call: it goes on, and BYE takes the new connection"(t) {
      const { gate, alice, bob, call } = await talking(t);
      gate.cut();
      await call.event("statechange", { state: "reconnecting" });
      await call.event("statechange", { state: "confirmed" });
      assert.equal(gate.connections, 2);
      await alice.event("registration", { state: "unregistered" });
      await alice.event("registration", { state: "registered" });
      await hangUp({ bob, call });
    },

    // The Record-Route of the dialog names the connection that is gone; the GRUU in our Contact does not.
    async "cut off in a call: the peer's requests find the new connection by our GRUU"(t) {
      const { gate, alice, bob, call, invite } = await talking(t);
      gate.cut();
      await alice.event("registration", { state: "unregistered" });
      await alice.event("registration", { state: "registered" });
      assert.match(invite.target, /;gr=/);
      const theirs = bob.within(invite);
      await theirs.bye();
      assert.equal((await call.ended()).by, "remote");
    },

    async "cut off with a PRACK outstanding: it takes the new connection, and so does the answer"(t) {
      const { bob, call, invite } = await outstanding(t);
      await bob.respond(await bob.request("PRACK"), 200);
      await bob.respond(invite, 200);
      await bob.request("ACK");
      await call.answered();
      await hangUp({ bob, call });
    },

    async "cut off with a PRACK outstanding, and hung up: PRACK and CANCEL take the new connection"(t) {
      const { bob, call, invite, prack } = await outstanding(t);
      const again = await bob.request("PRACK");
      assert.equal(again.get("rack"), prack.get("rack"));
      assert.ok(again.cseq > prack.cseq);
      await bob.respond(again, 481);
      const over = call.hangup();
      const cancel = await bob.request("CANCEL");
      assert.equal(cancel.cseq, invite.cseq);
      await bob.respond(cancel, 200);
      await bob.respond(invite, 487);
      assert.equal((await over).cause, "cancelled");
    },

    async "cut off while it rings here: the reliable 180 is repeated, its PRACK arrives, and the call is answered"(t) {
      const gate = await t.gate();
      const [alice, bob] = await Promise.all([t.phone({ server: gate.address }), t.peer({ registered: false })]);
      const call = await bob.invite(alice.uri);
      const ringing = await alice.incoming();
      const progress = ringing.do("progress", { code: 180 });
      const response = await call.response(180);
      gate.cut();
      await alice.event("registration", { state: "unregistered" });
      await alice.event("registration", { state: "registered" });
      const repeated = await bob.inbox.take("a repeated 180", ({ status }) => status === 180, 35_000);
      assert.equal(repeated.rseq, response.rseq);
      await call.prack(response);
      await call.response(200, "PRACK");
      await progress;
      const accepted = ringing.do("accept");
      await call.response(200);
      await call.ack();
      await accepted;
      await call.bye();
      assert.equal((await ringing.ended()).cause, "bye");
    },

    "the edge restarts in the middle of a call, and of a registration": {
      alone: true,
      async run(t) {
        const { alice, bob, call } = await talking(t, { gated: false });
        await alice.event("registration", { state: "registered" });
        await t.world.edge.stop({ signal: "SIGKILL" });
        await alice.event("registration", { state: "unregistered" });
        await t.world.edge.start();
        await alice.event("registration", { state: "registered" }, 40_000);
        await hangUp({ bob, call });

        // And while REGISTER is on its way.
        await t.world.edge.stop({ signal: "SIGKILL" });
        await alice.event("registration", { state: "unregistered" });
        const registered = alice.register();
        await t.world.edge.start();
        assert.equal((await registered).status, 200);
        const back = await bob.invite(alice.uri);
        await (await alice.incoming()).do("reject", { status: 486 });
        await back.response(486);
        await back.ack();
      },
    },

    "the registrar restarts in the middle of a call, and has forgotten everybody": {
      alone: true,
      async run(t) {
        const { alice, bob, call } = await talking(t, { gated: false });
        await t.world.registrar.stop({ signal: "SIGKILL" });
        await t.world.registrar.start();
        await hangUp({ bob, call });
        assert.equal((await alice.register()).status, 200);
        const back = await bob.invite(alice.uri);
        await (await alice.incoming()).do("reject", { status: 486 });
        await back.response(486);
        await back.ack();
      },
    },
  },
};
