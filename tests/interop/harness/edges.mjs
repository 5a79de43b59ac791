// Two edges in front of one registrar, and phones that know both.
import assert from "node:assert/strict";

/** The world of such a case, which is for it alone: it breaks its edges. */
export const twoEdges = (run, more = {}) => ({ world: { edges: 2 }, alone: true, run, ...more });

/** A phone that tries the first edge first, and is there. */
export async function phoneAtFirst(t, options = {}) {
  const server = t.world.edges.map(({ ws: url }, priority) => ({ url, priority }));
  const phone = await t.phone({ server, ...options });
  await phone.event("registration", { state: "registered" });
  await isAt(phone, t.world.edges[0]);
  return phone;
}

/** That the last connection of a phone is one to this edge. */
export async function isAt(phone, { ws }) {
  const { server } = phone.events.items.findLast(({ type, state }) => type === "connection" && state === "connected");
  assert.equal(server, ws);
}

/** Until a new connection has been asked whether it answers keep-alives: one that falls silent then is dead. */
export const untilProven = () => new Promise((done) => setTimeout(done, 3000));

/** Kills an edge. */
export const killed = (edge) => edge.stop({ signal: "SIGKILL" });

/** Waits until the phone is registered over another edge than the one that was lost at `since`. */
export async function movedTo(t, phone, edge, { since = performance.now(), within } = {}) {
  await phone.event("registration", { state: "unregistered" }, within);
  await phone.event("registration", { state: "registered" });
  t.notes.push(`registered again after ${Math.round(performance.now() - since)} ms`);
  await isAt(phone, edge);
}

/** Kills the first edge, and sees the phone at the second. */
export async function failOver(t, ...phones) {
  const [first, second] = t.world.edges;
  await killed(first);
  await Promise.all(phones.map((phone) => movedTo(t, phone, second)));
}

/** That somebody can call the phone, and that it rings once. */
export async function isReachable(t, phone) {
  const before = phone.count("invite");
  const stranger = await t.peer({ registered: false });
  const call = await stranger.invite(phone.uri);
  await (await phone.incoming()).do("reject", { status: 486 });
  await call.response(486);
  await call.ack();
  assert.equal(phone.count("invite") - before, 1);
}
