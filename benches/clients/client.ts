/** A client as the measurements use it: each adapter writes a small application for its client. */

import type { World } from "../world/world.js";

/** The clients, in the order of the tables. */
export type ClientName = "Prackle" | "JsSIP" | "SIP.js" | "floor";

/** A call that the client makes. */
export interface Outgoing {
  hangUp(): void;
}

/** A call that the client has been told of. */
export interface Incoming {
  /** Sends a reliable 183 with a description. */
  progress(): void;
  accept(): void;
}

/** A client and the application around it, which tells its world what it hears. */
export interface Client {
  readonly name: ClientName;
  readonly world: World;
  /** Whether it knows reliable provisional responses. */
  readonly isReliable: boolean;
  /** The call that came in last. */
  readonly incoming: Incoming | undefined;
  /** Reads a message alone; what the client makes of it, nothing when it is none. */
  readonly parse: (message: string) => object | undefined;
  connect(): Promise<void>;
  register(): void;
  unregister(): void;
  call(): Outgoing;
}

/** Whom everybody calls. */
export const CALLEE = "sip:bob@example.com";
/** Who everybody is. */
export const CALLER = "sip:alice@example.com";
