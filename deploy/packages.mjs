// The distribution's packages that we need: installed where that is ours to do (root on Debian
// or Ubuntu), named otherwise. None of them may leave a service behind: what runs here is ours.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { Failure, output, run, say, which } from "../scripts/run.mjs";

const POLICY = "/usr/sbin/policy-rc.d";

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

/** The packages of these parts that are missing. */
const missing = (names) => names.flatMap((name) => PARTS[name].packages).filter((one) => !installed(one));

const installed = (name) => output("dpkg-query", ["-W", "-f", "${db:Status-Status}", name]) === "installed";

/** Whether we may install packages here. */
const mayInstall = () => process.platform === "linux" && process.getuid() === 0 && which("apt-get") !== undefined;

/**
 * Sees that the parts are there.
 *
 * @throws Failure that says what to do, when they are not and we may not install them
 */
export async function ensurePackages(names) {
  if (names.every((name) => which(PARTS[name].program) !== undefined) && (which("dpkg-query") === undefined || missing(names).length === 0)) return;
  const wanted = missing(names);
  if (!mayInstall()) {
    throw new Failure(`missing: ${wanted.join(" ")}. On Debian and Ubuntu: sudo apt-get install --no-install-recommends ${wanted.join(" ")}`);
  }
  await install(wanted, names.map((name) => PARTS[name].service).filter((service) => service !== undefined));
  const still = missing(names);
  if (still.length > 0) throw new Failure(`not installed: ${still.join(" ")}`);
}

async function install(packages, services) {
  say(`installing by apt: ${packages.join(" ")} (about a minute)`);
  const fresh = services.filter((service) => !known(service));
  const options = ["-q", "-o", "DPkg::Lock::Timeout=600"];
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const forbidden = forbidStarting();
  try {
    await run("apt-get", [...options, "update"], { env });
    await run("apt-get", [...options, "install", "-y", "--no-install-recommends", ...packages], { env });
  } finally {
    if (forbidden) rmSync(POLICY);
  }
  // Nor at the next start of the machine.
  for (const service of fresh.filter(known)) await run("update-rc.d", [service, "disable"]);
}

const known = (service) => existsSync(`/etc/init.d/${service}`);

// Debian asks this program before a package starts its service.
function forbidStarting() {
  if (existsSync(POLICY)) return false;
  writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  return true;
}
