/** Prackle, as the package has it in dist/. */

import { UserAgent, readMessage } from "prackle";
import type { Call } from "prackle";
import type { World } from "../world/world.js";
import { CALLEE, CALLER } from "./client.js";
import type { Client, Incoming, Outgoing } from "./client.js";

export class Prackle implements Client {
  readonly name = "Prackle";
  readonly isReliable = true;
  incoming: Incoming | undefined;
  readonly #ua: UserAgent;

  constructor(readonly world: World) {
    this.#ua = new UserAgent({ uri: CALLER, servers: world.url });
    this.#ua.addEventListener("invite", ({ call }) => {
      this.incoming = this.#incoming(call);
      world.heard("invite");
    });
    this.#ua.addEventListener("registration", ({ state }) => {
      if (state === "registered") world.heard("registered");
    });
  }

  /** All that it reads stands in the object but the header fields, which the others tell apart at once. */
  readonly parse = (message: string): object | undefined => {
    const read = readMessage(message);
    return read.kind === "malformed" ? undefined : [read, read.headers];
  };

  connect(): Promise<void> {
    return this.#ua.connect();
  }

  register(): void {
    void this.#ua.register();
  }

  unregister(): void {
    void this.#ua.unregister();
  }

  call(): Outgoing {
    const call = this.#ua.call(CALLEE);
    this.#watch(call);
    return { hangUp: () => void call.hangup() };
  }

  #incoming(call: Call): Incoming {
    this.#watch(call);
    return {
      progress: () => void call.progress({ code: 183, reliable: true }),
      accept: () => void call.accept(),
    };
  }

  #watch(call: Call): void {
    const { world } = this;
    call.addEventListener("progress", ({ status }) => { world.heard(status === 180 ? "ringing" : "progress"); });
    call.addEventListener("accepted", () => { world.heard("answered"); });
    call.addEventListener("prack", () => { world.heard("prack"); });
    call.addEventListener("confirmed", () => { world.heard("confirmed"); });
    call.addEventListener("info", () => { world.heard("info"); });
    call.addEventListener("ended", () => { world.heard("ended"); });
  }
}
