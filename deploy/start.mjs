// npm run kamailio: the whole deployment on loopback, for development: Kamailio as registrar and
// edge, rtpengine, coturn, and the demo page in front of them. Ctrl-C ends it all.
//   npm run kamailio -- --edges=2   with several edges, one of which may be killed
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepare } from "../scripts/prerequisites.mjs";
import { Failure, main, say } from "../scripts/run.mjs";
import { ensurePackages } from "./packages.mjs";
import { servePage } from "./page.mjs";
import {
  freePorts, makeCertificate, makeDatabase, removeFolder, startEdges, startRegistrar, startRtpengine, startTurn,
} from "./servers.mjs";

const DOMAIN = "localhost";
const USERS = { alice: "alice-demo", bob: "bob-demo", carol: "carol-demo", dave: "dave-demo" };
const TURN = { username: "turn-demo", password: "turn-demo", realm: DOMAIN };

/** How many edges are asked for. */
function countEdges(words) {
  const asked = words.find((word) => word.startsWith("--edges="))?.slice("--edges=".length) ?? "1";
  if (!/^[1-9]$/.test(asked)) throw new Failure(`--edges=${asked}: 1 to 9`);
  return Number(asked);
}

/** Starts everything in a folder; gives the addresses and what ends it. */
async function startAll(folder, count) {
  const rtpengine = { port: await freePorts(), media: await freePorts(200) };
  const turn = { port: await freePorts(), relay: await freePorts(100) };
  const registrarPort = await freePorts();
  const database = makeDatabase(join(folder, "db"), DOMAIN, USERS);
  const started = [await startRtpengine(folder, rtpengine), await startTurn(folder, { ...turn, ...TURN })];
  const registrar = await startRegistrar(folder, { domain: DOMAIN, database, rtpengine: rtpengine.port, port: registrarPort });
  const certificate = makeCertificate(folder);
  const edges = await startEdges(folder, count, { registrar: registrar.address, certificate });
  const page = await servePage({ edges: edges.map(({ ws }) => Number(new URL(ws).port)), domain: DOMAIN, users: USERS });
  const shown = edges.map(({ ws, wss, pid }, index) => [`edge ${index + 1}`, `${ws}  ${wss} (a certificate of its own)  kill -9 -${pid}`]);
  return {
    addresses: {
      "demo page": page.address,
      ...Object.fromEntries(shown),
      "SIP over UDP and TCP": registrar.address,
      TURN: `turn:127.0.0.1:${turn.port} (${TURN.username}, ${TURN.password})`,
      users: Object.entries(USERS).map((pair) => pair.join(":")).join(" "),
      "logs and configuration": folder,
    },
    async stop() {
      page.close();
      for (const server of [...edges, registrar, ...started.reverse()]) await server.stop();
    },
  };
}

/** Resolves when we are told to end, or when the one who started us has ended. */
function untilToldToStop() {
  const parent = process.ppid;
  return new Promise((told) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, told);
    setInterval(() => process.ppid !== parent && told(), 500).unref();
  });
}

await main(async () => {
  const count = countEdges(process.argv.slice(2));
  await ensurePackages(["kamailio", "rtpengine", "coturn", "openssl"]);
  const steps = await prepare();
  await steps.buildPackage();
  await steps.buildPage();
  const folder = mkdtempSync(join(tmpdir(), "prackle-kamailio-"));
  try {
    const deployment = await startAll(folder, count);
    for (const [what, where] of Object.entries(deployment.addresses)) say(`${what.padEnd(24)}${where}`);
    await untilToldToStop();
    await deployment.stop();
  } finally {
    removeFolder(folder);
  }
});
