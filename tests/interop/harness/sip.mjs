// SIP as text: just enough to read what comes and to write what a case wants, right or wrong.

const CRLF = "\r\n";
const COMPACT = { v: "via", f: "from", t: "to", i: "call-id", m: "contact", c: "content-type", l: "content-length", k: "supported", e: "content-encoding" };

/** A message that was received: its start line, its header fields and its body. */
export class Message {
  constructor(octets, at = performance.now()) {
    const text = octets.toString("utf8");
    const end = text.indexOf(CRLF + CRLF);
    const [start, ...lines] = text.slice(0, end < 0 ? undefined : end).replace(/\r\n[ \t]+/g, " ").split(CRLF);
    this.at = at;
    this.text = text;
    this.start = start;
    this.body = end < 0 ? "" : text.slice(end + 4);
    this.fields = lines.map((line) => {
      const [, name, value] = /^([^:\s]+)\s*:\s*(.*)$/.exec(line) ?? [undefined, line, ""];
      return [COMPACT[name.toLowerCase()] ?? name.toLowerCase(), value];
    });
    const [first, second] = start.split(" ");
    this.status = first === "SIP/2.0" ? Number(second) : undefined;
    this.method = this.status === undefined ? first : this.all("cseq")[0]?.split(/\s+/)[1];
    this.uri = this.status === undefined ? second : undefined;
  }

  get isRequest() {
    return this.status === undefined;
  }

  /** All values of a field, in order, lists taken apart where commas only separate. */
  all(name) {
    return this.fields.filter(([known]) => known === name).map(([, value]) => value);
  }

  /** The first value of a field. */
  get(name) {
    return this.all(name)[0];
  }

  get cseq() {
    return Number(this.get("cseq")?.split(/\s+/)[0]);
  }

  get branch() {
    return param(this.get("via"), "branch");
  }

  get rseq() {
    const value = this.get("rseq");
    return value === undefined ? undefined : Number(value);
  }

  get fromTag() {
    return param(this.get("from"), "tag");
  }

  get toTag() {
    return param(this.get("to"), "tag");
  }

  /** The URI in Contact. */
  get target() {
    return uriIn(this.get("contact"));
  }

  /** Whether a list field has a token. */
  has(name, token) {
    return this.all(name).join(",").split(",").some((one) => one.trim().toLowerCase() === token.toLowerCase());
  }

  /** What tells a request from its repetition. */
  get key() {
    return `${this.start} ${this.branch} ${this.get("cseq")}`;
  }
}

/** A header field's parameter. */
export const param = (value = "", name) => new RegExp(`;\\s*${name}\\s*=\\s*"?([^;,"\\s>]+)`, "i").exec(value)?.[1];

/** The URI of a name-addr, or of an address without angle brackets. */
export const uriIn = (value = "") => /<([^>]*)>/.exec(value)?.[1] ?? value.split(";")[0].trim();

/** The octets of a message. */
export function write(start, fields, body = "") {
  const lines = fields.filter((field) => field !== undefined).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from([start, ...lines, `Content-Length: ${Buffer.byteLength(body)}`, "", body].join(CRLF));
}

/** Ways to write the same header (RFC 3261 section 7.3), told by the line of a field. */
export const SPELLINGS = {
  /** Compact forms, where there are any. */
  compact: (name, value) => `${COMPACT_OF[name.toLowerCase()] ?? name}:${value}`,
  /** Odd case, and white space where it may be. */
  odd: (name, value) => `${[...name].map((one, at) => (at % 2 === 0 ? one.toLowerCase() : one.toUpperCase())).join("")} \t:  ${value.replace(/\b100rel\b/, "100REL")}`,
  /** Folded at the first blank of the value. */
  folded: (name, value) => `${name}: ${/^(require|supported|rack|rseq)$/i.test(name) ? `\r\n ${value}` : value}`,
};

const COMPACT_OF = Object.fromEntries(Object.entries(COMPACT).map(([short, long]) => [long, short]));

/** The same message in another spelling. */
export function respell(octets, spelling) {
  const [start, ...lines] = octets.toString("utf8").split(CRLF + CRLF)[0].split(CRLF);
  const body = octets.subarray(octets.indexOf(CRLF + CRLF));
  const written = lines.map((line) => /^([^:]+): (.*)$/.exec(line)).map(([, name, value]) => spelling(name, value));
  return Buffer.concat([Buffer.from([start, ...written].join(CRLF)), body]);
}

/** Takes the lists of a multi-valued field apart: Record-Route, Route. */
export function addresses(values) {
  return values.flatMap((value) => value.match(/(?:"[^"]*"|[^,<]*)<[^>]*>[^,]*/g) ?? [value]).map((one) => one.trim());
}

let count = 0;
const own = Math.random().toString(36).slice(2, 8);

/** A name that nobody has had yet. */
export const unique = (what) => `${what}${own}${(count += 1)}`;
