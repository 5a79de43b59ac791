// Reads from the text of a SIP message what the ladder shows. It is for display only: it
// never decides anything, and what it cannot read it leaves out.

import { type SipMessage, readMessage } from "prackle";

/** What one glance at a message tells. */
export interface Glance {
  /** The method of a request, or of the request that a response is for. */
  method: string;
  /** Of a response. */
  status?: number;
  /** The reason phrase of a response. */
  reason?: string;
  callId: string;
  /** The number in CSeq. */
  cseq: string;
  toTag: string;
  /** The user parts (or whole URIs) of From and To. */
  from: string;
  to: string;
  /** RSeq, when the response asks for a PRACK (RFC 3262 section 3). */
  rseq?: string;
  /** An RSeq that cannot be acknowledged: 0, too large, no number. */
  badRseq?: string;
  /** The three parts of RAck: response number, CSeq number, method. */
  rack?: [string, string, string];
  sdp: boolean;
}

/** One line of a message, and what it is, for colouring. */
export interface Line {
  kind: "start" | "field" | "reliable" | "body";
  /** The name of a field, with its colon. */
  name: string;
  text: string;
}

/** Reads a message, or gives nothing when it has no start line. The WebAssembly file must be loaded. */
export function glance(text: string): Glance | undefined {
  const message = readMessage(text);
  const { method = "", uri, status, reason = "", from, to, callId = "", cseq, contentType = "", body } = message;
  if (uri === undefined && status === undefined) return undefined;
  return {
    method,
    ...(status !== undefined && { status, reason }),
    callId,
    cseq: String(cseq?.number ?? ""),
    toTag: to?.tag ?? "",
    from: shortUri(from?.uri ?? ""),
    to: shortUri(to?.uri ?? ""),
    ...numbers(message),
    sdp: /^application\/sdp\b/i.test(contentType) && body.trim() !== "",
  };
}

/** The lines of a message, for colouring. */
export function lines(text: string): Line[] {
  const [head = "", body = ""] = halves(text);
  const [start = "", ...fields] = head.split(/\r?\n/);
  const made: Line[] = [{ kind: "start", name: "", text: start }];
  for (const line of fields) {
    const [, name = "", value = line] = /^([^:\s]+\s*:)(.*)$/.exec(line) ?? [];
    const reliable = /^(rseq|rack)/i.test(name) || (/^require/i.test(name) && /100rel/i.test(value));
    made.push({ kind: reliable ? "reliable" : "field", name, text: value });
  }
  if (body !== "") for (const line of ["", ...body.split(/\r?\n/)]) made.push({ kind: "body", name: "", text: line });
  return made;
}

function halves(text: string): string[] {
  const end = /\r?\n\r?\n/.exec(text);
  return end ? [text.slice(0, end.index), text.slice(end.index + end[0].length)] : [text];
}

/** What RSeq and RAck say, where they count. */
function numbers(message: SipMessage): Pick<Glance, "rseq" | "badRseq" | "rack"> {
  if (message.kind === "request" && message.rack !== undefined) {
    const { rseq, cseq } = message.rack;
    return { rack: [String(rseq), String(cseq.number), cseq.method] };
  }
  if (message.kind !== "response" || message.rel100 !== "required") return {};
  const { status, rseq, headers } = message;
  if (status <= 100 || status >= 200) return {};
  const written = headers.find(([name]) => name.toLowerCase() === "rseq")?.[1];
  if (rseq !== undefined) return { rseq: String(rseq) };
  return written === undefined ? {} : { badRseq: written };
}

/** The user part of a SIP URI, or what else names it best. */
export function shortUri(uri: string): string {
  const user = /^sips?:([^@;?]+)@/i.exec(uri)?.[1];
  const bare = uri.replace(/^(sips?|tel):/i, "").split(/[;?]/)[0] ?? uri;
  try {
    return decodeURIComponent(user ?? bare);
  } catch {
    return user ?? bare;
  }
}
