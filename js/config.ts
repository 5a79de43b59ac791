/** From the application's options to the core's configuration. */

import { flagOf, numberIn, oneOf, textOf } from "./options.js";
import type { UserAgentOptions } from "./options.js";
import type { Config } from "./protocol.js";

/**
 * The configuration of the core.
 *
 * @throws TypeError when an option has the wrong shape
 */
export function configOf(options: UserAgentOptions): Config {
  const { credentials } = options;
  const ask = typeof credentials === "function";
  if (typeof options.media === "string") oneOf(options.media, ["manual"], "media");
  return {
    uri: addressOf(options.uri),
    servers: serversOf(options.servers),
    displayName: options.displayName,
    credentials: ask ? undefined : credentials && { ...credentials, username: textOf(credentials.username, "credentials.username") },
    askCredentials: ask,
    rel100: oneOf(options.rel100, ["none", "supported", "required"], "rel100") ?? "supported",
    reliableProgress: oneOf(options.reliableProgress, ["always", "sdp", "never"], "reliableProgress") ?? "always",
    prack: oneOf(options.prack, ["auto", "manual"], "prack") ?? "auto",
    prackDeadline: numberIn(options.prackDeadline, 1000, 30_000, "prackDeadline"),
    acceptChangedAnswer: flagOf(options.acceptChangedAnswer, "acceptChangedAnswer") ?? false,
    reinvites: oneOf(options.reinvites, ["auto", "manual"], "reinvites") ?? "auto",
    extensions: Array.from(options.extensions ?? [], (tag) => textOf(tag, "extension")),
    maxRinging: numberIn(options.maxRinging, 1, 0xffff_ffff, "maxRinging"),
    onFork: oneOf(options.onFork, ["hangUp", "keep"], "onFork") ?? "hangUp",
    sessionTimer: numberIn(options.sessionTimer, 90, 0xffff_ffff, "sessionTimer"),
    instanceId: options.instanceId,
    registerExpires: numberIn(options.registerExpires, 1, 0xffff_ffff, "registerExpires"),
    registrar: options.registrar,
    userAgent: options.userAgent,
    traceLength: numberIn(options.traceLength, 0, 0xffff_ffff, "traceLength"),
    t1: numberIn(options.t1, 500, 0xffff_ffff, "t1"),
  };
}

function addressOf(uri: unknown): string {
  const text = textOf(uri, "uri");
  if (!/^sips?:[^@]+@./i.test(text)) throw new TypeError("uri must be like sip:alice@example.com");
  return text;
}

function serversOf(servers: UserAgentOptions["servers"]): Config["servers"] {
  const list = [servers].flat().map((server) => (typeof server === "object" ? server : { url: server }));
  if (list.length === 0) throw new TypeError("servers must not be empty");
  for (const { url, priority, weight } of list) {
    if (!/^wss?:\/\/./i.test(textOf(url, "server"))) throw new TypeError(`not a WebSocket address: ${url}`);
    numberIn(priority, 0, 0xffff, "priority");
    numberIn(weight, 0, 0xffff, "weight");
  }
  return list;
}
