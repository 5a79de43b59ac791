// Reads from the text of a SIP message what the ladder shows. It is for display only: it
// never decides anything, and what it cannot read it leaves out.

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

/** Reads a message, or gives nothing when it is none. */
export function glance(text: string): Glance | undefined {
  const [head = "", body = ""] = halves(text);
  const [start = "", ...lines] = head.split(/\r?\n/);
  const field = reader(lines);
  const [cseq = "", cseqMethod = ""] = field("cseq", "").split(/\s+/);
  const response = /^SIP\/2\.0 (\d{3}) ?(.*)$/i.exec(start);
  const request = /^(\S+) \S+ SIP\/2\.0$/i.exec(start);
  if (!response && !request) return undefined;
  const made: Glance = {
    method: request?.[1] ?? cseqMethod,
    callId: field("call-id", "i"),
    cseq,
    toTag: /;\s*tag=([^;\s]+)/i.exec(field("to", "t"))?.[1] ?? "",
    from: party(field("from", "f")),
    to: party(field("to", "t")),
    sdp: /application\/sdp/i.test(field("content-type", "c")) && body.trim() !== "",
  };
  if (response) {
    made.status = Number(response[1]);
    made.reason = response[2] ?? "";
    if (/\b100rel\b/i.test(field("require", ""))) withRSeq(made, field("rseq", ""));
  } else withRAck(made, field("rack", ""));
  return made;
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

function reader(lines: string[]): (name: string, compact: string) => string {
  const values = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([^:\s]+)\s*:\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const key = name.toLowerCase();
    const before = values.get(key);
    values.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return (name, compact) => values.get(name) ?? values.get(compact) ?? "";
}

function withRSeq(glance: Glance, rseq: string): void {
  const provisional = glance.status !== undefined && glance.status > 100 && glance.status < 200;
  if (!provisional || rseq === "") return;
  const isAcceptable = /^\d{1,20}$/.test(rseq) && Number(rseq) >= 1 && Number(rseq) <= 0xffff_ffff;
  if (isAcceptable) glance.rseq = rseq;
  else glance.badRseq = rseq;
}

function withRAck(glance: Glance, rack: string): void {
  const [rseq, cseq, method] = rack.trim().split(/\s+/);
  if (rseq && cseq && method) glance.rack = [rseq, cseq, method];
}

function party(value: string): string {
  const uri = /<([^>]*)>/.exec(value)?.[1] ?? value.split(";")[0] ?? "";
  return shortUri(uri);
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
