// Kamailio, rtpengine and coturn on loopback, each on ports that were free a moment ago and in a
// folder of its own: for development (start.mjs) and for the tests (tests/interop).
import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { cpSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { at } from "../scripts/project.mjs";
import { Failure } from "../scripts/run.mjs";

const HOST = "127.0.0.1";
const READY_MS = 15_000;
const GRACE_MS = 5000;
const SCHEMA = "/usr/share/kamailio/dbtext/kamailio";

const running = new Set();

// Whatever ends us ends them: each is a process group, since Kamailio is many processes.
process.on("exit", () => {
  for (const server of running) server.kill("SIGKILL");
});

/** A program that serves, with its log. */
class Server {
  #child;
  #log;
  #command;

  constructor(name, folder, command) {
    this.name = name;
    this.#log = join(folder, `${name}.log`);
    this.#command = command;
  }

  /** Starts it and waits until `ready` says so. */
  async start(ready) {
    const log = openSync(this.#log, "a");
    const [program, ...args] = this.#command;
    this.#child = spawn(program, args, { stdio: ["ignore", log, log], detached: true });
    running.add(this);
    const child = this.#child;
    let ended;
    child.once("error", (error) => (ended = error.message));
    child.once("exit", (code, signal) => {
      running.delete(this);
      ended = `ended with ${signal ?? code}`;
    });
    const deadline = performance.now() + READY_MS;
    while (!(await ready())) {
      if (ended !== undefined || performance.now() > deadline) {
        await this.stop();
        throw new Failure(`${this.name} does not start: ${ended ?? "no answer"}\n${this.log().split("\n").slice(-15).join("\n")}`);
      }
      await pause(50);
    }
    return this;
  }

  /** Ends it, and waits until it has ended; by force, after a while or when asked. */
  async stop({ signal = "SIGTERM" } = {}) {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    this.kill(signal);
    // One that was suspended hears nothing else.
    this.kill("SIGCONT");
    const force = setTimeout(() => this.kill("SIGKILL"), GRACE_MS);
    await gone;
    clearTimeout(force);
    // The group outlives its leader when that is killed.
    this.kill("SIGKILL");
  }

  kill(signal) {
    try {
      process.kill(-this.#child.pid, signal);
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  }

  /** Its process group. */
  get pid() {
    return this.#child.pid;
  }

  /** What it has said. */
  log() {
    return readFileSync(this.#log, "utf8");
  }
}

/** A registrar or an edge of Kamailio; `site` is what its site.cfg says. */
export class Kamailio {
  #server;
  #ready;

  constructor(role, folder, { name = role, site, ready, memory = 64 }) {
    const home = join(folder, name);
    mkdirSync(home, { recursive: true });
    for (const file of [`${role}.cfg`, "follow.cfg"]) cpSync(at("deploy", "kamailio", file), join(home, file));
    writeFileSync(join(home, "site.cfg"), siteFile(site));
    this.#ready = ready;
    const program = ["kamailio", "-DD", "-E", "-m", `${memory}`, "-f", join(home, `${role}.cfg`)];
    this.#server = new Server(name, folder, [...program, "-w", home, "-Y", home, "-P", join(home, "pid")]);
  }

  start() {
    return this.#server.start(this.#ready);
  }

  stop(how) {
    return this.#server.stop(how);
  }

  /** Lets it hang: its connections stay open, and nobody answers. */
  suspend() {
    this.#server.kill("SIGSTOP");
  }

  /** Lets it go on. */
  resume() {
    this.#server.kill("SIGCONT");
  }

  /** Its process group: Kamailio is many processes. */
  get pid() {
    return this.#server.pid;
  }

  log() {
    return this.#server.log();
  }
}

/** Addresses stand bare, everything else as Kamailio's strings and numbers. */
function siteFile(site) {
  return Object.entries(site)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => `#!define ${name}${value === true ? "" : ` ${name.endsWith("_LISTEN") || typeof value === "number" ? value : JSON.stringify(value)}`}\n`)
    .join("");
}

/** The registrar. */
export async function startRegistrar(folder, { domain, database, rtpengine, port, trunk, ...site }) {
  const address = `${HOST}:${port}`;
  const registrar = new Kamailio("registrar", folder, {
    site: {
      REGISTRAR_UDP_LISTEN: `udp:${address}`,
      REGISTRAR_TCP_LISTEN: `tcp:${address}`,
      PRESENCE_ADDRESS: `sip:${address};transport=tcp`,
      DOMAIN: domain,
      DB_MODULE: "db_text.so",
      DB_URL: `text://${database}`,
      RTPENGINE: `udp:${HOST}:${rtpengine}`,
      TRUNK: trunk,
      CHILDREN: 2,
      ...site,
    },
    ready: () => answers(port, probe("OPTIONS", address)),
  });
  await registrar.start();
  return Object.assign(registrar, { port, address });
}

/** Edges in front of the registrar at `registrar`, each of which any client may use at any time. */
export async function startEdges(folder, count, settings) {
  const first = await freePorts(3 * count);
  const family = Array.from({ length: count }, (_, index) => first + 3 * index).map((ws) => ({ ws, wss: ws + 1, inside: ws + 2 }));
  const edges = [];
  for (const [index, ports] of family.entries()) edges.push(await startEdge(folder, { name: `edge${index + 1}`, ports, family, ...settings }));
  return edges;
}

/** One of them; `family` are the ports of all, its own among them. */
async function startEdge(folder, { name, ports, family, registrar, certificate, ...site }) {
  const places = family.flatMap(({ ws, wss, inside }) => [ws, wss, inside]).join("|");
  const edge = new Kamailio("edge", folder, {
    name,
    site: {
      EDGE_WS_LISTEN: `tcp:${HOST}:${ports.ws}`,
      EDGE_WSS_LISTEN: certificate && `tls:${HOST}:${ports.wss}`,
      EDGE_INSIDE_LISTEN: `tcp:${HOST}:${ports.inside}`,
      EDGE_INSIDE_PORT: ports.inside,
      EDGE_CERTIFICATE: certificate?.certificate,
      EDGE_PRIVATE_KEY: certificate?.key,
      FLOW_TOKEN_SECRET: "for development only",
      EDGES: `^sip:([^@]+@)?${HOST.replaceAll(".", "\\.")}:(${places})[;>]?`,
      REGISTRAR: `sip:${registrar};transport=tcp`,
      INSIDE: `^sip:${registrar.replaceAll(".", "\\.")}[;>]?`,
      CHILDREN: 2,
      ...site,
    },
    ready: () => healthy(ports.ws),
  });
  await edge.start();
  return Object.assign(edge, { ws: `ws://${HOST}:${ports.ws}`, wss: certificate && `wss://localhost:${ports.wss}` });
}

/** rtpengine without its kernel module; `media` is the first of 200 ports. */
export function startRtpengine(folder, { port, media }) {
  const ports = [`--port-min=${media}`, `--port-max=${media + 199}`];
  // The configuration of the package, if there is one, is that of the service.
  const command = ["rtpengine", "--config-file=none", "--foreground", "--log-stderr", "--log-level=5", "--table=-1", `--interface=${HOST}`, `--listen-ng=${HOST}:${port}`];
  return new Server("rtpengine", folder, [...command, ...ports, "--num-threads=2", "--delete-delay=0"])
    .start(() => answers(port, "1 d7:command4:pinge"));
}

/** coturn, for one user. */
export function startTurn(folder, { port, relay, username, password, realm }) {
  const own = ["-n", "--no-cli", "--no-tls", "--no-dtls", "--allow-loopback-peers", `--userdb=${join(folder, "turn.db")}`];
  const where = [`--listening-ip=${HOST}`, `--relay-ip=${HOST}`, `--listening-port=${port}`, `--min-port=${relay}`, `--max-port=${relay + 99}`];
  const files = [`--pidfile=${join(folder, "turn.pid")}`, "--log-file=stdout"];
  return new Server("coturn", folder, ["turnserver", ...own, ...where, ...files, "--lt-cred-mech", `--realm=${realm}`, `--user=${username}:${password}`])
    .start(() => answers(port, STUN_BINDING));
}

/** Kamailio's tables as text files, with these users. */
export function makeDatabase(folder, domain, users) {
  cpSync(SCHEMA, folder, { recursive: true });
  const columns = "id(int,auto) username(string) domain(string) password(string) ha1(string,null) ha1b(string,null) ";
  const rows = Object.entries(users).map(([name, password], index) => `${index + 1}:${name}:${domain}:${password}::`);
  writeFileSync(join(folder, "subscriber"), `${[columns, ...rows].join("\n")}\n`);
  return folder;
}

/** A certificate for localhost that nobody else trusts. */
export function makeCertificate(folder) {
  const [certificate, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const options = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"];
  const { status, stderr } = spawnSync("openssl", [...options, "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], { encoding: "utf8" });
  if (status !== 0) throw new Failure(`openssl: ${stderr}`);
  return { certificate, key };
}

/** Removes a folder of ours. */
export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
}

/** As many ports in a row as asked for, free for TCP and UDP a moment ago; the first of them. */
export async function freePorts(count = 1) {
  for (;;) {
    const first = 10_000 + 2 * Math.floor(Math.random() * 10_000);
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return first;
  }
}

async function isFree(port) {
  const tcp = await new Promise((done) => {
    const server = createServer().once("error", () => done(false));
    server.listen(port, HOST, () => server.close(() => done(true)));
  });
  return tcp && new Promise((done) => {
    const socket = createSocket("udp4").once("error", () => done(false));
    socket.bind(port, HOST, () => socket.close(() => done(true)));
  });
}

// RFC 8489 section 5: a binding request without attributes.
const STUN_BINDING = Buffer.concat([Buffer.from("000100002112a442", "hex"), Buffer.from("prackle-test")]);

function probe(method, address) {
  const via = `Via: SIP/2.0/UDP ${HOST};rport;branch=z9hG4bKprobe`;
  const names = `From: <sip:probe@probe.invalid>;tag=1\r\nTo: <sip:probe@${address}>\r\nCall-ID: probe-${Math.random()}`;
  return `${method} sip:${address} SIP/2.0\r\n${via}\r\nMax-Forwards: 0\r\n${names}\r\nCSeq: 1 ${method}\r\nContent-Length: 0\r\n\r\n`;
}

/** Whether anything comes back from a UDP port. */
function answers(port, question) {
  return new Promise((done) => {
    const socket = createSocket("udp4");
    const settle = (answered) => {
      clearTimeout(patience);
      socket.close();
      done(answered);
    };
    const patience = setTimeout(() => settle(false), 250);
    socket.once("message", () => settle(true)).once("error", () => settle(false));
    socket.connect(port, HOST, () => socket.send(question));
  });
}

/** Whether the edge serves HTTP. */
function healthy(port) {
  return new Promise((done) => {
    const socket = connect(port, HOST, () => socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    socket.setTimeout(500, () => socket.destroy());
    socket.once("data", (data) => {
      done(data.includes(" 200 "));
      socket.destroy();
    });
    socket.once("error", () => done(false)).once("close", () => done(false));
  });
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
