// The distribution's packages that we need: installed where that is ours to do (root on Debian
// or Ubuntu), named otherwise. None of them may leave a service behind: what runs here is ours.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { delimiter } from "node:path";
import { aptInstall, mayInstall } from "../scripts/apt.mjs";
import { Failure, output, run, say, which } from "../scripts/run.mjs";

// Debian keeps servers where the shells of users do not look.
process.env.PATH = [process.env.PATH, "/usr/sbin", "/sbin"].join(delimiter);

/** What a part of the deployment is installed from; `service` is what its package would start. */
const PARTS = {
  kamailio: {
    program: "kamailio",
    service: "kamailio",
    packages: ["kamailio", "kamailio-websocket-modules", "kamailio-outbound-modules", "kamailio-tls-modules", "kamailio-presence-modules"],
  },
  rtpengine: { program: "rtpengine", service: "rtpengine-daemon", packages: ["rtpengine-daemon"] },
  coturn: { program: "turnserver", service: "coturn", packages: ["coturn"] },
  openssl: { program: "openssl", packages: ["openssl"] },
  sipp: { program: "sipp", packages: ["sip-tester"] },
};
const POLICY = "/usr/sbin/policy-rc.d";

/**
 * Sees that the parts are there.
 *
 * @throws Failure that says what to do, when they are not and we may not install them
 */
export async function ensurePackages(names) {
  const lacking = () => names.map((name) => PARTS[name]).filter((part) => !isPresent(part));
  const parts = lacking();
  if (parts.length === 0) return;
  const packages = parts.flatMap((part) => part.packages);
  if (!mayInstall()) {
    throw new Failure(`missing: ${parts.map(({ program }) => program).join(", ")}. On Debian and Ubuntu: sudo apt-get install --no-install-recommends ${packages.join(" ")}`);
  }
  await install(packages, parts.flatMap(({ service }) => service ?? []));
  if (lacking().length > 0) throw new Failure(`installed, but not found: ${lacking().map(({ program }) => program).join(", ")}`);
}

/** Elsewhere than on Debian the program has to speak for its modules. */
function isPresent({ program, packages }) {
  return which(program) !== undefined && (which("dpkg-query") === undefined || packages.every(isInstalled));
}

const isInstalled = (name) => output("dpkg-query", ["-W", "-f", "${db:Status-Status}", name]) === "installed";

async function install(packages, services) {
  say(`installing by apt: ${packages.join(" ")} (about a minute)`);
  const strange = services.filter((service) => !isKnown(service));
  const forbidden = forbidStarting();
  try {
    await aptInstall(packages);
  } finally {
    if (forbidden) rmSync(POLICY);
  }
  // Nor when the machine starts again. What was installed before us stays as it was.
  for (const service of strange.filter(isKnown)) await run("update-rc.d", [service, "disable"]);
}

const isKnown = (service) => existsSync(`/etc/init.d/${service}`);

// Debian asks this program before a package starts its service; who has one already has his own mind.
function forbidStarting() {
  if (existsSync(POLICY)) return false;
  writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  return true;
}
