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

/** The fields in a message's header as it stands there, without folds. */
export function fieldsIn(header: string): Field[] {
  const fields: Field[] = [];
  for (const line of header.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.push([line.slice(0, colon).trimEnd(), line.slice(colon + 1).trim()]);
  }
  return fields;
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
