// Requests outside and inside of calls: OPTIONS, MESSAGE, INFO.
import assert from "node:assert/strict";

/** 20 kB in two octets a letter, and as many lines as make up for it. */
const LONG = `${"é".repeat(200)}\r\n`.repeat(50);

export default {
  title: "requests",
  cases: {
    async "OPTIONS to a peer: what it can do"(t) {
      const [alice, bob] = await Promise.all([t.phone(), t.peer()]);
      const asked = alice.do("options", bob.uri);
      const options = await bob.request("OPTIONS");
      await bob.respond(options, 200, { fields: [["Allow", "INVITE, ACK"], ["Supported", "100rel"]] });
      const { status, headers } = await asked;
      assert.equal(status, 200);
      assert.ok(headers.some(([name, value]) => name === "Supported" && value === "100rel"));
    },

    async "OPTIONS from a peer: PRACK and UPDATE are allowed, 100rel is supported"(t) {
      const [alice, bob] = await Promise.all([t.phone(), t.peer({ registered: false })]);
      const call = await bob.begin("OPTIONS", alice.uri);
      const response = await call.response(200, "OPTIONS");
      assert.ok(response.has("allow", "PRACK") && response.has("allow", "UPDATE") && response.has("supported", "100rel"));
    },

    async "MESSAGE in both directions"(t) {
      const [alice, bob] = await Promise.all([t.phone(), t.peer()]);
      const sent = alice.do("message", bob.uri, "Grüße");
      const message = await bob.request("MESSAGE");
      assert.equal(message.body, "Grüße");
      await bob.respond(message, 200);
      assert.equal((await sent).status, 200);
      const back = await bob.begin("MESSAGE", alice.uri, { body: "zurück", type: "text/plain;charset=UTF-8" });
      await back.response(200, "MESSAGE");
      await alice.event("message", { body: "zurück" });
    },

    async "MESSAGE with 20 kB in both directions"(t) {
      const [alice, bob] = await Promise.all([t.phone(), t.phone()]);
      assert.equal(Buffer.byteLength(LONG), 20_100);
      for (const [from, to] of [[alice, bob], [bob, alice]]) {
        assert.equal((await from.do("message", to.uri, LONG)).status, 200);
        await to.event("message", { body: LONG });
      }
    },

    async "a request that the proxy wants credentials for"(t) {
      const [alice, bob] = await Promise.all([t.phone(), t.peer()]);
      const asked = alice.do("options", bob.uri);
      await bob.respond(await bob.request("OPTIONS"), 200);
      await asked;
      await alice.received(407);
    },

    async "INFO and OPTIONS inside a call"(t) {
      const [alice, bob] = await Promise.all([t.phone(), t.peer({ registered: false })]);
      const call = await bob.invite(alice.uri);
      const ringing = await alice.incoming();
      const accepted = ringing.do("accept");
      await call.response(200);
      await call.ack();
      await accepted;
      await call.request("OPTIONS");
      await call.response(200, "OPTIONS");
      await call.request("INFO", { body: "Signal=5\r\nDuration=100\r\n", type: "application/dtmf-relay" });
      await call.response(200, "INFO");
      await ringing.event("info", { contentType: "application/dtmf-relay" });
      const tone = ringing.do("sendDtmf", "7", { transport: "info" });
      const info = await bob.request("INFO");
      assert.match(info.body, /Signal=7/);
      await bob.respond(info, 200);
      await tone;
      await call.bye();
      await ringing.ended();
    },
  },
};
