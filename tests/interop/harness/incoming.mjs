// Calls from a scripted peer: how most of them begin, go on and end.
import assert from "node:assert/strict";

/** A phone that is being called. */
export async function called(t, { phone = {}, invite = {} } = {}) {
  const [alice, bob] = await Promise.all([t.phone(phone), t.peer({ registered: false })]);
  const call = await bob.invite(alice.uri, invite);
  return { alice, bob, call };
}

/** The phone answers, the peer acknowledges and ends the call. */
export async function answerAndEnd({ call, ringing }) {
  const accepted = ringing.do("accept");
  const answer = await call.response(200);
  await call.ack();
  await accepted;
  await ringing.event("confirmed");
  await call.bye();
  assert.equal((await ringing.ended()).cause, "bye");
  return answer;
}

/** A reliable 183 with the answer, not acknowledged yet. */
export async function early(t, settings) {
  const { alice, bob, call } = await called(t, settings);
  const ringing = await alice.incoming();
  const progress = ringing.do("progress", { code: 183 });
  const response = await call.response(183);
  return { alice, bob, call, ringing, progress, response };
}
