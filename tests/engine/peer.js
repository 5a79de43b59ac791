// A SIP peer for the tests of the engine. `npm test` runs it behind a real WebSocket
// (scripts/test-peer.mjs); where the tests are run by wasm-pack alone, a stand-in for
// WebSocket leads to it inside the page.
//
// The path of an address is /<behaviour>/<key>: `plain` answers what it is asked, `binary`
// does so in binary frames, `drop` closes its first connection at once, `caller-<n>` calls
// and acknowledges the n-th sending of a reliable response (`caller-0`: none). The key, a
// new one for each test, finds the log of its connections.

const PING = "\r\n\r\n";
const PONG = "\r\n";
const RESTART = 1012;
const OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

export class Peer {
  #logs = new Map();

  /** What happened under a key: per connection its subprotocol, the frames that came and when (in ms), the close code. */
  log(key) {
    return this.#logs.get(key) ?? [];
  }

  /** A connection has been opened; `wire` sends frames and closes it. */
  connect(path, protocol, wire) {
    const [, behaviour, key] = path.split("/");
    const entry = { protocol, frames: [], times: [], closed: 0 };
    this.#logs.set(key, [...this.log(key), entry]);
    if (behaviour === "drop" && this.log(key).length === 1) wire.close(RESTART);
    const caller = behaviour.startsWith("caller-") ? new Caller(key, Number(behaviour.slice("caller-".length))) : undefined;
    if (caller !== undefined) wire.send(caller.invite());
    return {
      receive: (frame) => {
        entry.frames.push(frame);
        entry.times.push(performance.now());
        const reply = frame === PING ? PONG : caller?.receive(frame) ?? answer(frame);
        if (reply !== undefined) wire.send(behaviour === "binary" ? new TextEncoder().encode(reply) : reply);
      },
      closed: (code) => {
        entry.closed = code;
      },
    };
  }
}

/** Calls, and acknowledges one sending of the reliable response that it gets. */
class Caller {
  #key;
  #acknowledged;
  #sendings = 0;

  constructor(key, acknowledged) {
    this.#key = key;
    this.#acknowledged = acknowledged;
  }

  invite() {
    const fields = ["Contact: <sip:bob@peer.invalid;transport=ws>", "Require: 100rel", "Content-Type: application/sdp"];
    return this.#request("INVITE", 1, "<sip:alice@example.com>", fields, OFFER);
  }

  receive(frame) {
    const rseq = field(frame, "RSeq");
    if (rseq === undefined) return undefined;
    this.#sendings += 1;
    return this.#sendings === this.#acknowledged ? this.#request("PRACK", 2, field(frame, "To"), [`RAck: ${rseq} 1 INVITE`]) : undefined;
  }

  #request(method, cseq, to, fields, body = "") {
    return [
      `${method} sip:alice@example.com SIP/2.0`, `Via: SIP/2.0/WS peer.invalid;branch=z9hG4bK${this.#key}${cseq}`, "Max-Forwards: 70",
      "From: <sip:bob@example.com>;tag=peer", `To: ${to}`, `Call-ID: ${this.#key}@peer.invalid`, `CSeq: ${cseq} ${method}`,
      ...fields, `Content-Length: ${body.length}`, "", body,
    ].join("\r\n");
  }
}

function field(frame, name) {
  return new RegExp(`^${name}: *(.*)\\r$`, "im").exec(frame)?.[1];
}

// 200 to any request: the fields that a response repeats, and the contact of a REGISTER.
function answer(frame) {
  const [start, ...lines] = frame.split("\r\n\r\n")[0].split("\r\n");
  if (start.startsWith("SIP/2.0") || start.startsWith("ACK ")) return undefined;
  const repeated = lines.filter((line) => /^(via|from|call-id|cseq|contact|expires):/i.test(line));
  const to = lines.find((line) => /^to:/i.test(line));
  return ["SIP/2.0 200 OK", ...repeated, `${to};tag=peer`, "Content-Length: 0", "", ""].join("\r\n");
}

// The rest runs in the page or worker of the tests.

const local = new Peer();
let address;

/** Where the peer is, to which `/<behaviour>/<key>` is appended. */
export function peerAddress(configured) {
  address = configured;
  if (address === undefined) globalThis.WebSocket = StandIn;
  return address ?? "ws://peer.invalid";
}

/** The peer's log under a key. */
export async function peerLog(key) {
  if (address === undefined) return structuredClone(local.log(key));
  return (await fetch(`${address.replace(/^ws/, "http")}/${key}`)).json();
}

/** Some milliseconds, for a loop that waits for a condition. */
export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Makes promises throw while `act` runs: to wasm this is like a trap in the midst of a turn. */
export function withBrokenPromises(act) {
  const { then } = Promise.prototype;
  Promise.prototype.then = () => {
    throw new Error("broken on purpose");
  };
  try {
    act();
  } finally {
    Promise.prototype.then = then;
  }
}

/** Makes every SIP response that comes in throw in the midst of its turn; gives what ends that. */
export function breakResponses() {
  const { encodeInto } = TextEncoder.prototype;
  TextEncoder.prototype.encodeInto = function (text, octets) {
    if (text.startsWith("SIP/2.0 ")) throw new Error("broken on purpose");
    return encodeInto.call(this, text, octets);
  };
  return () => {
    TextEncoder.prototype.encodeInto = encodeInto;
  };
}

class StandIn {
  readyState = 0;
  binaryType = "blob";
  onopen = null;
  onmessage = null;
  onclose = null;
  #connection;

  constructor(url, protocol) {
    setTimeout(() => this.#open(new URL(url).pathname, protocol));
  }

  send(frame) {
    setTimeout(() => this.#connection.receive(typeof frame === "string" ? frame : new TextDecoder().decode(frame)));
  }

  close(code = 1005) {
    if (this.readyState < 2) setTimeout(() => this.#close(code));
    this.readyState = Math.max(this.readyState, 2);
  }

  #open(path, protocol) {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    this.onopen?.(new Event("open"));
    const send = (data) => setTimeout(() => this.onmessage?.(message(data)));
    this.#connection = local.connect(path, protocol, { send, close: (code) => this.close(code) });
  }

  #close(code) {
    this.readyState = 3;
    this.#connection?.closed(code);
    this.onclose?.(new CloseEvent("close", { code }));
  }
}

const message = (data) => new MessageEvent("message", { data: typeof data === "string" ? data : data.buffer });
