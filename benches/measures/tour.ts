/**
 * The script of the peer: a registration, a call that the client makes, and one that it gets. On the
 * way each of the eight everyday messages arrives once where it means something, and it is told how
 * long the client took: from its delivery until the application has its event and what must be
 * answered has been handed to the socket, whichever is later.
 */

import type { Client } from "../clients/client.js";
import { CORPUS, field, plainResponse, requestFrom, responseFrom } from "../world/corpus.js";
import type { RequestValues } from "../world/corpus.js";
import type { World } from "../world/world.js";

/** What is timed: the eight messages, and a reliable 183 until its PRACK alone. */
export type Kind = keyof typeof CORPUS | "prackSent";
/** Takes a time in ms. */
export type Tell = (kind: Kind, took: number) => void;

const nobody: Tell = () => undefined;
const invite = requestFrom(CORPUS.invite);
const prack = requestFrom(CORPUS.prack);
const ack = requestFrom(CORPUS.ack);
const bye = requestFrom(CORPUS.bye);
const reliableProgress = responseFrom(CORPUS.progress);
const progress = responseFrom(CORPUS.progress.replace(/Require: 100rel\r\nRSeq: \d+\r\n/, ""));
const ringing = responseFrom(CORPUS.ringing);
const ok = responseFrom(CORPUS.ok);
const registered = responseFrom(CORPUS.registered);

/** All of it. */
export async function tour(client: Client, tell: Tell = nobody): Promise<void> {
  await registration(client, tell);
  await outgoingCall(client, tell);
  await incomingCall(client, tell);
}

/** REGISTER, 200; and the same to remove it. */
export async function registration(client: Client, tell: Tell = nobody): Promise<void> {
  const { world } = client;
  client.register();
  const { text: register } = await world.next("REGISTER");
  const contact = `${field(register, "Contact").replace(/;expires=\d+/, "")};expires=600`;
  const at = await world.deliver(registered(register).replace(/\r\nContact: .*\r\n/, `\r\nContact: ${contact}\r\n`));
  tell("registered", (await world.next("registered")).at - at);
  client.unregister();
  await world.deliver(plainResponse((await world.next("REGISTER")).text, "200 OK"));
  world.forget();
}

/** INVITE, 100, 183, PRACK, 200, 180, 200, ACK, BYE, 200; without the PRACK where the client knows none. */
export async function outgoingCall(client: Client, tell: Tell = nobody): Promise<void> {
  const hangUp = await outgoingConversation(client, tell);
  hangUp();
  const { world } = client;
  await world.deliver(plainResponse((await world.next("BYE")).text, "200 OK"));
  await world.next("ended");
  world.forget();
}

/** The same until the ACK; gives what ends it. */
export async function outgoingConversation(client: Client, tell: Tell = nobody): Promise<() => void> {
  const { world } = client;
  const call = client.call();
  const { text: request } = await world.next("INVITE");
  await world.deliver(plainResponse(request, "100 Trying"));
  if (client.isReliable) await answerPrack(world, request, tell);
  else tell("progress", await until(world, progress(request), "progress"));
  tell("ringing", await until(world, ringing(request), "ringing"));
  tell("ok", await until(world, ok(request), "answered", "ACK"));
  return () => { call.hangUp(); };
}

/** INVITE, 183, PRACK, 200, 200, ACK, BYE, 200; without 183 and PRACK where the client knows none. */
export async function incomingCall(client: Client, tell: Tell = nobody): Promise<void> {
  const values = await incomingConversation(client, tell);
  tell("bye", await until(client.world, bye({ ...values, branch: branch() }), "ended", "SIP/2.0 200"));
  client.world.forget();
}

/** The same until the ACK; gives what further requests need. */
export async function incomingConversation(client: Client, tell: Tell = nobody): Promise<RequestValues & { tag: string }> {
  const { world } = client;
  const call = `call${++calls}@bench.example.com`;
  const first = branch();
  tell("invite", await until(world, invite({ call, branch: first }), "invite"));
  if (client.isReliable) await acknowledge(client, call, tell);
  client.incoming?.accept();
  const tag = tagOf((await world.next("SIP/2.0 200")).text);
  tell("ack", await until(world, ack({ call, branch: branch(), tag }), "confirmed"));
  world.forget();
  return { call, branch: first, tag };
}

async function answerPrack(world: World, request: string, tell: Tell): Promise<void> {
  const at = await world.deliver(reliableProgress(request));
  const sent = await world.next("PRACK");
  const heard = await world.next("progress");
  tell("prackSent", sent.at - at);
  tell("progress", Math.max(sent.at, heard.at) - at);
  await world.deliver(plainResponse(sent.text, "200 OK"));
}

async function acknowledge({ world, incoming }: Client, call: string, tell: Tell): Promise<void> {
  incoming?.progress();
  const { text: response } = await world.next("SIP/2.0 183");
  const rseq = field(response, "RSeq");
  if (rseq === "") throw new Error("the 183 is not reliable");
  const values = { call, branch: branch(), tag: tagOf(response), rseq };
  tell("prack", await until(world, prack(values), "prack", "SIP/2.0 200"));
}

/** Delivers a message; how long until all these things have happened. */
export async function until(world: World, message: string, ...things: string[]): Promise<number> {
  const at = await world.deliver(message);
  let last = at;
  for (const thing of things) last = Math.max(last, (await world.next(thing)).at);
  return last - at;
}

/** A branch that no other request has. */
export function branch(): string {
  return `z9hG4bKbench${++branches}`;
}

let calls = 0;
let branches = 0;

function tagOf(response: string): string {
  const to = field(response, "To");
  return to.slice(to.indexOf(";tag=") + 5);
}
