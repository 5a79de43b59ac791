// How the two ends put their remarks between the messages. No DOM.

import type { Reason } from "./reasons.js";
import type { NoteRow } from "./wire-model.js";

/** Says something beside one lifeline, while its call is the one that is shown. */
export type Say = (tone: NoteRow["tone"], what: Reason) => void;

/** The section that most of it is written in. */
export const SENDING = "RFC 3262 section 3";
