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
  for (let start = 0, end = 0; start < header.length; start = end) {
    end = header.indexOf("\n", start) + 1 || header.length;
    const colon = header.indexOf(":", start);
    if (colon > start && colon < end) fields.push([header.slice(start, colon).trimEnd(), header.slice(colon + 1, end).trim()]);
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
