// Packages of Debian and Ubuntu, where it is ours to install them.
import { run, which } from "./run.mjs";

/** Whether we are root, on a system with apt. */
export const mayInstall = () => process.platform === "linux" && process.getuid() === 0 && which("apt-get") !== undefined;

/** Installs packages without what they only recommend; throws a Failure when they cannot be had. */
export async function aptInstall(packages) {
  const options = ["-q", "-o", "DPkg::Lock::Timeout=600"];
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", [...options, "update"], { env });
  await run("apt-get", [...options, "install", "-y", "--no-install-recommends", ...packages], { env });
}
