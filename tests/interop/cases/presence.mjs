// Presence at the registrar, one hop behind the edge. Prackle's core does not subscribe yet: a bare
// client shows that the deployment finds its watchers behind the edge.
import assert from "node:assert/strict";
import { addresses } from "../harness/sip.mjs";

const PIDF = (entity) => `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="${entity}"><tuple id="t1"><status><basic>open</basic></status></tuple></presence>
`;

export default {
  title: "presence",
  cases: {
    async "SUBSCRIBE by an edge: NOTIFY comes back to the browser, and again after PUBLISH and refreshing"(t) {
      const user = t.world.nextUser();
      const [watcher, publisher] = await Promise.all([t.client({ user }), t.client({ user })]);
      const event = [["Event", "presence"], ["Expires", 300]];
      const accepted = await watcher.request("SUBSCRIBE", { fields: [...event, ["Accept", "application/pidf+xml"]] });
      assert.ok([200, 202].includes(accepted.status), accepted.start);
      assert.match((await watcher.take("NOTIFY")).get("subscription-state"), /^active/);

      const fields = [...event, ["Content-Type", "application/pidf+xml"]];
      const published = await publisher.request("PUBLISH", { fields, body: PIDF(watcher.uri) });
      assert.equal(published.status, 200);
      assert.match((await watcher.take("NOTIFY")).body, /<basic>open<\/basic>/);

      const route = addresses(accepted.all("record-route")).reverse().map((one) => ["Route", one]);
      const refreshed = await watcher.request("SUBSCRIBE", { target: accepted.target, toTag: accepted.toTag, fields: [...route, ...event] });
      assert.ok([200, 202].includes(refreshed.status), refreshed.start);
      assert.match((await watcher.take("NOTIFY")).body, /<basic>open<\/basic>/);
    },
  },
};
