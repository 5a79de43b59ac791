/** The package on its real engine in Node: the socket of `ws`, and media from a drawer. */

import { readFileSync } from "node:fs";
import { UserAgent, load } from "../../js/index.js";
import type { Call, MediaContext, MediaHandler, UserAgentOptions } from "../../js/index.js";
import { define } from "./fake-rtc.js";
import { SDP, ws } from "./sip-peer.js";
import type { SipPeer } from "./sip-peer.js";

/** In a browser an error that nobody listens for is none. */
class QuietWebSocket extends ws.WebSocket {
  constructor(address: string, protocols: string[]) {
    super(address, protocols);
    this.on("error", () => undefined);
  }
}

/** Gives Node the WebSocket that browsers have. */
export function useWebSocket(): void {
  define("WebSocket", QuietWebSocket);
}

/** Loads the engine from where the build has put it. */
export async function loadEngine(): Promise<void> {
  useWebSocket();
  await load(readFileSync("dist/prackle.wasm"));
}

/** Media that has its descriptions ready, and writes down the peer's. */
export function drawer(applied: string[] = []): (context: MediaContext) => MediaHandler {
  return () => ({
    localStream: undefined,
    remoteStream: undefined,
    peerConnection: undefined,
    createOffer: () => Promise.resolve(SDP),
    createAnswer: () => Promise.resolve(SDP),
    setRemote: ({ kind, commit }) => {
      applied.push(`${kind} ${String(commit)}`);
      return Promise.resolve();
    },
    rollback: () => Promise.resolve(),
    endDialog: () => undefined,
    commit: (dialog) => {
      applied.push(`commit ${dialog}`);
      return Promise.resolve();
    },
    hold: () => undefined,
    close: () => { applied.push("close"); },
  });
}

/** A connected user agent. */
export async function online(peer: SipPeer, options: Partial<UserAgentOptions> = {}): Promise<UserAgent> {
  const ua = new UserAgent({ uri: "sip:alice@example.com", servers: peer.url, media: { handler: drawer() }, ...options });
  await ua.connect();
  return ua;
}

/** The next call that comes in. */
export function incomingCall(ua: UserAgent): Promise<Call> {
  return new Promise((resolve) => { ua.addEventListener("invite", ({ call }) => { resolve(call); }, { once: true }); });
}
