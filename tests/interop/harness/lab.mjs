// The laboratory: Kamailio (a registrar and an edge), rtpengine and coturn on loopback, a browser,
// and the pages. The cases share it; what each has of its own is on its bench (bench.mjs).
import { createReadStream, mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, makeCertificate, makeDatabase, removeFolder, startEdges, startRegistrar, startRtpengine, startTurn } from "../../../deploy/servers.mjs";
import { root, startChromium } from "../../e2e/support.mjs";

export const DOMAIN = "prackle.test";
const FLAGS = [
  "--disable-gpu", "--disable-dev-shm-usage", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
  // rtpengine and coturn are on this machine, and resolve no mDNS names.
  "--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns",
  "--autoplay-policy=no-user-gesture-required",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

const PAGE = "<!doctype html><link rel=icon href=data:,><script type=module src=page.js></script>";
const FILES = {
  "/page.js": ["text/javascript", join(root, "tests", "interop", "harness", "page.js")],
  "/index.js": ["text/javascript", join(root, "dist", "index.js")],
  "/prackle.wasm": ["application/wasm", join(root, "dist", "prackle.wasm")],
};

/** How many users the database has: each case takes new ones. */
const USERS = 400;
export const passwordOf = (user) => `secret-of-${user}`;

/** Servers that are set up alike; a case may want them otherwise than usual. */
class World {
  #lab;
  #users;
  servers = [];
  edges = [];

  constructor(lab, users) {
    this.#lab = lab;
    this.#users = users;
  }

  async start(folder, { registrar = {}, edge = {}, edges = 1, secure = false } = {}) {
    this.folder = folder;
    const names = Array.from({ length: USERS }, (_, index) => `u${index + 1}`);
    const database = makeDatabase(join(folder, "db"), DOMAIN, Object.fromEntries(names.map((name) => [name, passwordOf(name)])));
    const port = await freePorts(1);
    this.registrar = await startRegistrar(folder, { domain: DOMAIN, database, rtpengine: this.#lab.rtpenginePort, port, ...registrar });
    this.servers.push(this.registrar);
    const certificate = secure ? makeCertificate(folder) : undefined;
    // A laboratory is one address that sends what a hundred would.
    this.edges = await startEdges(folder, edges, { registrar: this.registrar.address, certificate, REQUESTS_IN_2_S: 5000, ...edge });
    this.servers.push(...this.edges);
    return this;
  }

  /** The edge of those that need no other. */
  get edge() {
    return this.edges[0];
  }

  nextUser() {
    return this.#users();
  }

  async stop() {
    for (const server of this.servers.toReversed()) await server.stop();
  }
}

/** Everything that the cases share. */
export class Lab {
  #folder = mkdtempSync(join(tmpdir(), "prackle-interop-"));
  #worlds = new Map();
  #closing = [];
  #lastUser = 0;

  async start() {
    process.on("exit", () => this.#kept || removeFolder(this.#folder));
    const [control, media] = [await freePorts(1), await freePorts(200)];
    const rtpengine = await startRtpengine(this.#folder, { port: control, media });
    this.rtpenginePort = control;
    this.#closing.push(() => rtpengine.stop());
    this.browser = await startChromium(FLAGS);
    this.#closing.push(() => this.browser.close());
    const pages = createServer(({ url }, response) => {
      const [type, file] = FILES[url] ?? ["text/html"];
      response.setHeader("content-type", type);
      if (file === undefined) response.end(PAGE);
      else createReadStream(file).pipe(response);
    });
    await new Promise((listening) => pages.listen(0, "127.0.0.1", listening));
    this.page = `http://localhost:${pages.address().port}/`;
    this.#closing.push(() => pages.close());
  }

  /** Servers with these settings; the same ones for all cases that want the same, unless `alone`. */
  world(settings = {}, { alone = false } = {}) {
    const key = alone ? Symbol("alone") : JSON.stringify(settings);
    if (!this.#worlds.has(key)) {
      const folder = mkdtempSync(join(this.#folder, "world-"));
      this.#worlds.set(key, new World(this, () => `u${(this.#lastUser += 1)}`).start(folder, settings));
    }
    return this.#worlds.get(key);
  }

  /** A blank page, with a place for the one who listens to it: a new one costs more than a used one. */
  async borrowTab() {
    const used = this.#tabs.pop();
    if (used !== undefined) return used;
    const context = await this.browser.newContext({ ignoreHTTPSErrors: true });
    const tab = { page: await context.newPage(), listener: undefined };
    tab.page.on("pageerror", (error) => tab.listener?.fail(error));
    await tab.page.exposeFunction("tell", (...event) => tab.listener?.tell(...event));
    return tab;
  }

  #tabs = [];

  /** Takes a page back; whatever was in it ends. */
  async returnTab(tab) {
    tab.listener = undefined;
    await tab.page.goto("about:blank");
    this.#tabs.push(tab);
  }

  /** coturn, when first asked for. */
  turn() {
    this.#turn ??= this.#startTurn();
    return this.#turn;
  }

  #turn;

  async #startTurn() {
    const account = { username: "turn-user", password: "turn-secret" };
    const [port, relay] = [await freePorts(1), await freePorts(100)];
    const server = await startTurn(this.#folder, { port, relay, realm: DOMAIN, ...account });
    this.#closing.push(() => server.stop());
    return { urls: `turn:127.0.0.1:${port}?transport=udp`, username: account.username, credential: account.password };
  }

  /** Ends everything; the logs are gone when the process is, unless they are to be kept: then, where they are. */
  async close({ keep = false } = {}) {
    for (const world of await Promise.allSettled(this.#worlds.values())) await world.value?.stop();
    for (const close of this.#closing.reverse()) await close();
    this.#kept = keep;
    return keep ? this.#folder : undefined;
  }

  #kept = false;
}
