// Calls to a scripted peer: how most of them begin, go on and end.
import assert from "node:assert/strict";

/** A phone, and a peer that it has called. */
export async function calling(t, { phone = {}, call: options = {} } = {}) {
  const [alice, bob] = await Promise.all([t.phone(phone), t.peer()]);
  const call = await alice.call(bob.uri, options);
  const invite = await bob.request("INVITE");
  return { alice, bob, call, invite };
}

/** The peer answers the call, and the phone ends it. */
export async function answerAndEnd({ bob, call, invite }, answer = {}) {
  await bob.respond(invite, 200, answer);
  const ack = await bob.request("ACK");
  assert.equal(ack.cseq, invite.cseq);
  await call.answered();
  const over = call.hangup();
  await bob.respond(await bob.request("BYE"), 200);
  assert.equal((await over).cause, "bye");
  return ack;
}

/** The peer takes the PRACK that comes next, and looks at it. */
export async function acknowledged(bob, invite, rseq, options = {}) {
  const prack = await bob.request("PRACK");
  assert.equal(prack.get("rack"), `${rseq} ${invite.cseq} INVITE`);
  if (options.status !== null) await bob.respond(prack, options.status ?? 200, options);
  return prack;
}
