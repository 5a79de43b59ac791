/** The eight everyday messages, as they are and as templates that fit into a call. */

import ack from "../corpus/ack.sip";
import bye from "../corpus/bye.sip";
import invite from "../corpus/invite.sip";
import ok from "../corpus/ok.sip";
import prack from "../corpus/prack.sip";
import progress from "../corpus/progress.sip";
import registered from "../corpus/registered.sip";
import ringing from "../corpus/ringing.sip";

/** As they stand in the files. */
export const CORPUS = { invite, progress, ringing, ok, prack, ack, bye, registered } as const;

/** A session description of the size that browsers make. */
export const DESCRIPTION = invite.slice(invite.indexOf("\r\n\r\n") + 4);

const COPIED = ["Via", "From", "To", "Call-ID", "CSeq"];
// What differs from call to call in the requests of the corpus.
const BRANCH = "z9hG4bK77ef4c2312983.1";
const CALL = "a84b4c76e66710@pc33.example.com";
const TAG = "a6c85cf";
const RSEQ = "776656";
/** The peer's tag in its responses. */
const PEER_TAG = ";tag=8321234356";

/** The values of a request of the peer. */
export interface RequestValues {
  readonly call: string;
  readonly branch: string;
  /** The client's tag; empty before it has one. */
  readonly tag?: string;
  readonly rseq?: string;
}

/** A request of the peer, made from one of the corpus. */
export function requestFrom(template: string): (values: RequestValues) => string {
  const parts = template.split(new RegExp(`(${[BRANCH, CALL, TAG, RSEQ].map((token) => token.replaceAll(".", "\\.")).join("|")})`));
  return ({ call, branch, tag = "", rseq = "" }) => {
    const values: Record<string, string> = { [BRANCH]: branch, [CALL]: call, [TAG]: tag, [RSEQ]: rseq };
    return parts.map((part) => values[part] ?? part).join("");
  };
}

/** A response of the peer to a request of the client, made from one of the corpus. */
export function responseFrom(template: string): (request: string) => string {
  const lines = template.slice(0, template.indexOf("\r\n\r\n")).split("\r\n");
  const [first = "", ...rest] = lines.filter((line) => !COPIED.includes(line.slice(0, line.indexOf(":"))));
  const tail = `${rest.join("\r\n")}${template.slice(template.indexOf("\r\n\r\n"))}`;
  return (request) => `${first}\r\n${copied(request)}${tail}`;
}

/** A response without anything but what it must have. */
export function plainResponse(request: string, status: string): string {
  return `SIP/2.0 ${status}\r\n${copied(request)}Content-Length: 0\r\n\r\n`;
}

/** The value of a header field in the long form. */
export function field(message: string, name: string): string {
  return valueAfter(message, `\r\n${name}: `);
}

function valueAfter(message: string, mark: string): string {
  const start = message.indexOf(mark);
  return start < 0 ? "" : message.slice(start + mark.length, message.indexOf("\r\n", start + mark.length));
}

const MARKS = COPIED.map((name) => `\r\n${name}: `);
/** The last request that was answered, and what its responses have of it: an INVITE gets several. */
const answered = { request: "", fields: "" };

// RFC 3261 section 8.2.6.2: what a response has of its request.
function copied(request: string): string {
  if (answered.request === request) return answered.fields;
  const [via = "", from = "", to = "", call = "", cseq = ""] = MARKS.map((mark) => valueAfter(request, mark));
  const tag = to.includes(";tag=") ? "" : PEER_TAG;
  answered.request = request;
  answered.fields = `Via: ${via}\r\nFrom: ${from}\r\nTo: ${to}${tag}\r\nCall-ID: ${call}\r\nCSeq: ${cseq}\r\n`;
  return answered.fields;
}
