/** The events of what the peer asks for inside a call: UPDATE, re-INVITE, INFO, CANCEL. */

import type { Acknowledged } from "./call.js";
import { MessageTold } from "./fields.js";
import type { AcceptOptions, ProgressOptions, RejectOptions } from "./options.js";
import type { PeerRel100 } from "./protocol.js";

/**
 * The peer's UPDATE came (RFC 3311), before the answer or after it, and has been answered with 200.
 * When it changed the session of an answered call, `renegotiated` follows.
 */
export class UpdateEvent extends MessageTold {
  /** @internal */
  constructor(
    /** In which dialog. */
    readonly dialogId: number,
    /** Whether it carried an offer; otherwise it said only where the peer is to be reached. */
    readonly offer: boolean,
    headers: string,
  ) {
    super("update", headers);
  }
}

/** @internal A re-INVITE, and what answers it. */
export interface ReinviteInit {
  readonly peerRel100: PeerRel100;
  readonly offer: boolean;
  readonly headers: string;
}

/** @internal What answers an INVITE or a re-INVITE. */
export interface Responses {
  progress(options?: ProgressOptions): Promise<Acknowledged>;
  accept(options?: AcceptOptions): Promise<void>;
  reject(options?: RejectOptions): void;
}

/**
 * The peer wants to change the session of an answered call by a re-INVITE (RFC 3261 section 14), and
 * waits (`reinvites: "manual"`): until {@link ReinviteEvent.accept} or {@link ReinviteEvent.reject}
 * is called, now or later, once. A refused one leaves the session as it is.
 *
 * @example
 * ```ts
 * call.addEventListener("reinvite", async (event) => {
 *   await event.progress({ code: 180 });
 *   if (await userAgrees()) await event.accept();
 *   else event.reject({ status: 488 });
 * });
 * ```
 */
export class ReinviteEvent extends MessageTold {
  /** What the peer says of `100rel` in it. */
  readonly peerRel100: PeerRel100;
  /** Whether it carries an offer; otherwise it asks for one. */
  readonly offer: boolean;
  readonly #responses: Responses;

  /** @internal */
  constructor(init: ReinviteInit, responses: Responses) {
    super("reinvite", init.headers);
    this.peerRel100 = init.peerRel100;
    this.offer = init.offer;
    this.#responses = responses;
  }

  /** Sends a provisional response to it, as {@link Call.progress} does to the call. */
  progress(options?: ProgressOptions): Promise<Acknowledged> {
    return this.#responses.progress(options);
  }

  /** Answers it with 200, as {@link Call.accept} does the call. */
  accept(options?: AcceptOptions): Promise<void> {
    return this.#responses.accept(options);
  }

  /** Refuses it, as {@link Call.reject} does the call: which goes on. */
  reject(options?: RejectOptions): void {
    this.#responses.reject(options);
  }
}

/**
 * The peer took its INVITE back before it was answered: by CANCEL, or by BYE in the early dialog
 * (RFC 3261 sections 9.2 and 15.1.2). A Reason (RFC 3326) may be among the header fields. `failed` and
 * `ended` follow; after a re-INVITE the call goes on.
 */
export class CancelEvent extends MessageTold {
  /** @internal */
  constructor(headers: string) {
    super("cancel", headers);
  }
}

/** The session was renegotiated (RFC 3261 section 14, RFC 3311). */
export class RenegotiatedEvent extends Event {
  /** @internal */
  constructor(
    /** Whether the peer asked for it. */
    readonly byPeer: boolean,
    /** Whether the peer has put us on hold. */
    readonly heldByPeer: boolean,
  ) {
    super("renegotiated");
  }
}

/** INFO came inside the call (RFC 6086); it has been answered with 200. */
export class InfoEvent extends MessageTold {
  /** @internal */
  constructor(
    /** Its body. */
    readonly body: string | undefined,
    /** Its content type. */
    readonly contentType: string | undefined,
    headers: string,
  ) {
    super("info", headers);
  }
}
