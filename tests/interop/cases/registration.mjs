// Registrations at Kamailio, through an edge with Path (RFC 3327) and outbound (RFC 5626).
import assert from "node:assert/strict";
import { param } from "../harness/sip.mjs";

/** A header field of a response as the face gives it. */
const field = ({ headers }, name) => headers.find(([known]) => known.toLowerCase() === name)?.[1];

/** Waits; only where the passing of time itself is what the case is about. */
const pass = (ms) => new Promise((done) => setTimeout(done, ms));

/** Registers, lets the nonce expire, registers again: nobody notices. */
const expiredNonce = async (t) => {
  const alice = await t.phone();
  await pass(3000);
  const before = alice.countSent("REGISTER");
  const { status } = await alice.register();
  assert.equal(status, 200);
  assert.equal(alice.countSent("REGISTER") - before, 2);
};

export default {
  title: "registration",
  cases: {
    async "digest with MD5"(t) {
      const alice = await t.phone({ registered: false });
      const response = await alice.register();
      assert.equal(response.status, 200);
      const challenge = await alice.received(401);
      assert.match(challenge.get("www-authenticate"), /algorithm=MD5/);
      await alice.event("registration", { state: "registered", expires: 600 });
    },

    "digest with SHA-256": {
      world: { registrar: { DIGEST: "SHA-256" } },
      async run(t) {
        const alice = await t.phone();
        assert.match((await alice.received(401)).get("www-authenticate"), /algorithm=SHA-256/);
        await alice.event("registration", { state: "registered" });
      },
    },

    // Each of Kamailio's challenges has a new nonce and none says stale: the password gets a second chance.
    async "a wrong password is tried twice, and fails as unauthorized"(t) {
      const alice = await t.phone({ registered: false, credentials: { username: "u1", password: "wrong" } });
      await assert.rejects(alice.register(), { code: "unauthorized", status: 401 });
      assert.equal(alice.countSent("REGISTER"), 3);
    },

    "a nonce that expired, said so by stale=true": { world: { registrar: { NONCE_LIFETIME: 2 } }, run: expiredNonce },

    "a nonce that expired, and not a word about it": {
      world: { registrar: { NONCE_LIFETIME: 2, STALE_CHALLENGE: "1" } },
      run: expiredNonce,
    },

    async "423: the lifetime is raised to what the registrar wants"(t) {
      const alice = await t.phone({ registered: false });
      const response = await alice.register({ expires: 10 });
      assert.equal(response.status, 200);
      assert.equal((await alice.received(423)).get("min-expires"), "60");
      await alice.event("registration", { state: "registered", expires: 60 });
    },

    async "Path and outbound: the edge's token is registered, GRUUs are given"(t) {
      const alice = await t.phone({ registered: false });
      const response = await alice.register();
      assert.match(field(response, "path"), /^<sip:[^@]+@127\.0\.0\.1:\d+;.*\blr\b.*;ob>/);
      assert.match(field(response, "require"), /outbound/);
      const contact = field(response, "contact");
      assert.match(contact, /pub-gruu="sip:[^"]+;gr=/);
      assert.equal(param(contact, "reg-id"), "1");
    },

    async "unregistered: nobody rings any more"(t) {
      const [alice, bob] = await Promise.all([t.phone(), t.phone()]);
      await alice.do("unregister");
      const call = await bob.call(alice.uri);
      const { status } = await call.ended();
      assert.equal(status, 480);
    },

    "over TLS": {
      world: { secure: true },
      async run(t) {
        const [alice, bob] = await Promise.all([t.phone({ server: t.world.edge.wss }), t.peer()]);
        const call = await alice.call(bob.uri);
        await bob.respond(await bob.request("INVITE"), 486);
        assert.equal((await call.ended()).cause, "busy");
      },
    },

    "through an edge without outbound: the connection is named in Path and Contact": {
      world: { edge: { WITHOUT_OUTBOUND: true } },
      async run(t) {
        const [alice, bob] = await Promise.all([t.phone(), t.peer()]);
        assert.equal((await alice.received(439)).status, 439);
        const call = await alice.call(bob.uri);
        const invite = await bob.request("INVITE");
        assert.match(invite.target, /;alias=127\.0\.0\.1~\d+~5/);
        await bob.respond(invite, 183, { rseq: 1, sdp: true });
        await bob.respond(await bob.request("PRACK"), 200);
        await bob.respond(invite, 200);
        await bob.request("ACK");
        await call.answered();
        await call.hangup();
        await bob.respond(await bob.request("BYE"), 200);

        const back = await bob.invite(alice.uri);
        const incoming = await alice.incoming();
        await incoming.do("accept");
        await back.response(200);
        await back.ack();
        await incoming.event("confirmed");
        await back.bye();
        assert.equal((await incoming.ended()).cause, "bye");
      },
    },

    async "a call to a GRUU rings the device that has it"(t) {
      const alice = await t.phone({ registered: false });
      const gruu = /pub-gruu="([^"]+)"/.exec(field(await alice.register(), "contact"))[1];
      const bob = await t.peer();
      const call = await bob.invite(gruu);
      await (await alice.incoming()).do("reject", { status: 486 });
      await call.response(486);
      await call.ack();
    },

    async "the same device from a new page takes its old place"(t) {
      const user = t.world.nextUser();
      const instanceId = "urn:uuid:0e8a8f0a-7d4f-4a52-9d3c-5d1f0c9c2b11";
      const first = await t.phone({ user, instanceId });
      const second = await t.phone({ user, instanceId });
      const bob = await t.peer();
      const call = await bob.invite(first.uri);
      await (await second.incoming()).do("reject", { status: 486 });
      await call.response(486);
      await call.ack();
      assert.equal(first.events.items.filter(({ type }) => type === "invite").length, 0);
    },
  },
};
