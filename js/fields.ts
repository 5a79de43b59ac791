/**
 * The header fields of messages: one text as it comes from the core, told apart when somebody looks.
 * Most are never looked at.
 */

import type { Field } from "./protocol.js";

/** A final response. */
export interface SipResponse {
  /** 200..699. */
  readonly status: number;
  /** The reason phrase. */
  readonly reason: string;
  /** All its header fields, in order. */
  readonly headers: readonly Field[];
  /** Its body. */
  readonly body: string | undefined;
}

/** The fields in the lines of a message's header. */
export function fieldsIn(lines: string): Field[] {
  if (lines === "") return [];
  return lines.split("\n").map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1)];
  });
}

/** An event that a SIP message has brought. */
export class MessageTold extends Event {
  readonly #headers: string;

  /** @internal */
  constructor(type: string, headers: string) {
    super(type);
    this.#headers = headers;
  }

  /** All header fields of the message, in order. */
  get headers(): readonly Field[] {
    return fieldsIn(this.#headers);
  }
}
