/** JsSIP. It has no reliable provisional responses: what is said of them here never comes. */

import JsSIP from "jssip";
import { parseMessage } from "jssip/lib/Parser.js";
import type { UA } from "jssip/lib/UA.js";
import type { RTCSession } from "jssip/lib/RTCSession.js";
import type { World } from "../world/world.js";
import { CALLEE, CALLER } from "./client.js";
import type { Client, Incoming, Outgoing } from "./client.js";

const MEDIA = { mediaConstraints: { audio: true, video: false } };

export class JsSip implements Client {
  readonly name = "JsSIP";
  readonly isReliable = false;
  incoming: Incoming | undefined;
  readonly #ua: UA;

  constructor(readonly world: World) {
    const sockets = [new JsSIP.WebSocketInterface(world.url)];
    this.#ua = new JsSIP.UA({ sockets, uri: CALLER, register: false });
    this.#ua.on("newRTCSession", ({ originator, session }: { originator: string; session: RTCSession }) => {
      if (originator === "local") return;
      this.#watch(session);
      this.incoming = { progress: () => undefined, accept: () => { session.answer(MEDIA); } };
      world.heard("invite");
    });
    this.#ua.on("registered", () => { world.heard("registered"); });
  }

  readonly parse = (message: string): object | undefined => parseMessage(message, this.#ua);

  connect(): Promise<void> {
    return new Promise((resolve) => {
      this.#ua.on("connected", () => { resolve(); });
      this.#ua.start();
    });
  }

  register(): void {
    this.#ua.register();
  }

  unregister(): void {
    this.#ua.unregister();
  }

  call(): Outgoing {
    const session = this.#ua.call(CALLEE, MEDIA);
    this.#watch(session);
    return { hangUp: () => { session.terminate(); } };
  }

  #watch(session: RTCSession): void {
    const { world } = this;
    const incoming = session.direction.toString() === "incoming";
    session.on("progress", ({ response }: { response?: { status_code: number } }) => {
      if (!incoming) world.heard(response?.status_code === 180 ? "ringing" : "progress");
    });
    session.on("accepted", () => { world.heard("answered"); });
    session.on("confirmed", () => { if (incoming) world.heard("confirmed"); });
    session.on("newInfo", () => { world.heard("info"); });
    session.on("ended", () => { world.heard("ended"); });
  }
}
