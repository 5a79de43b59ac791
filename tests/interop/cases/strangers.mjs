// What the deployment refuses: a public WebSocket meets more than good clients.
import assert from "node:assert/strict";
import { WebSocket } from "ws";

/** The status of the answer to an opening handshake that is refused. */
const refusal = (server, protocol, options) => new Promise((answered, failed) => {
  const socket = new WebSocket(server, protocol, options);
  socket.once("unexpected-response", (_request, { statusCode }) => answered(statusCode));
  socket.once("open", () => failed(new Error("the connection was let in")));
  socket.on("error", () => {});
});

export default {
  title: "strangers",
  cases: {
    "pages from elsewhere, and other protocols than SIP, are not let in": {
      world: { edge: { ORIGINS: "^https://phone\\.example\\.com$" } },
      async run(t) {
        const server = t.world.edge.ws;
        assert.equal(await refusal(server, "sip", { origin: "https://elsewhere.example.com" }), 403);
        assert.equal(await refusal(server, "chat", { origin: "https://phone.example.com" }), 400);
        assert.equal(await (await fetch(`${server.replace("ws", "http")}/health`)).text(), "well\n");
      },
    },

    async "a client cannot choose the way: neither by Route nor by an address of somebody else's"(t) {
      const [mallory, bob] = await Promise.all([t.client(), t.peer()]);
      const route = [["Route", `<sip:${t.world.edge.ws.slice(5)};transport=ws;lr>`], ["Route", `<sip:127.0.0.1:${bob.port};lr>`]];
      assert.equal((await mallory.request("OPTIONS", { fields: route, toTag: "made-up" })).status, 403);
      assert.equal((await mallory.request("OPTIONS", { target: "sip:somebody@elsewhere.test" })).status, 403);
      assert.equal(bob.arrived.filter(({ isRequest }) => isRequest).length, 0);
    },

    async "nobody uses another's name"(t) {
      const [mallory, bob] = await Promise.all([t.client(), t.peer()]);
      assert.equal((await mallory.request("MESSAGE", { target: bob.uri, from: bob.uri })).status, 403);
    },

    async "strangers may call our users, and nobody beyond"(t) {
      const [alice, stranger] = await Promise.all([t.phone(), t.peer({ registered: false })]);
      const call = await stranger.invite(alice.uri);
      await (await alice.incoming()).do("reject", { status: 486 });
      await call.response(486);
      await call.ack();
      const beyond = await stranger.invite("sip:somebody@elsewhere.test");
      await beyond.response(403);
    },

    async "a flow token that somebody else wrote leads nowhere"(t) {
      const [alice, stranger] = await Promise.all([t.phone(), t.peer({ registered: false })]);
      const call = await stranger.invite(alice.uri);
      const ringing = await alice.incoming();
      await ringing.do("progress", { code: 180, reliable: false });
      await call.response(180);
      assert.ok(call.route.some((one) => one.includes("@")), call.route.join());
      call.route = call.route.map((one) => one.replace(/<sip:(.)([^@>]+@)/, (_, first, rest) => `<sip:${first === "A" ? "B" : "A"}${rest}`));
      call.target = "sip:alice@x.invalid;transport=ws";
      await call.request("BYE");
      const refused = await stranger.inbox.take("a refusal", ({ status, method }) => method === "BYE" && status >= 400);
      assert.equal(refused.status, 403);
      assert.equal(ringing.count("ended"), 0);
      await ringing.do("reject", { status: 486 });
    },
  },
};
