// Linphone's console client: a PRACK of somebody else's making. Not installed by us (it brings some
// seventy packages); where it is there, its cases run.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../../../deploy/servers.mjs";
import { start, which } from "../../../scripts/run.mjs";

/** Whether it is there. */
export const hasLinphone = () => which("linphonec") !== undefined;

/** How much it makes of reliable provisional responses: its own numbers. */
export const SUPPORTED = 1;
export const REQUIRED = 2;

/** One instance, with an account of its own. */
export class Linphone {
  #child;
  #folder;
  #said = "";

  constructor(parent) {
    this.#folder = mkdtempSync(join(parent, "linphone-"));
    mkdirSync(join(this.#folder, ".local", "share", "linphone"), { recursive: true });
  }

  async start({ registrar, domain, user, password, rel100 }) {
    const file = join(this.#folder, "linphonerc");
    const sections = {
      sip: { sip_port: await freePorts(), sip_tcp_port: 0, sip_tls_port: 0, default_proxy: 0, "100rel_support_level": rel100, use_ipv6: 0 },
      rtp: { audio_rtp_port: await freePorts(2) },
      proxy_0: {
        reg_proxy: `<sip:127.0.0.1:${registrar}>`, reg_route: `<sip:127.0.0.1:${registrar};lr>`, reg_identity: `sip:${user}@${domain}`,
        reg_expires: 600, reg_sendregister: 1, publish: 0,
      },
      auth_info_0: { username: user, passwd: password, realm: domain, domain, algorithm: "MD5" },
    };
    writeFileSync(file, Object.entries(sections).map(([name, values]) => (
      [`[${name}]`, ...Object.entries(values).map((pair) => pair.join("=")), ""].join("\n")
    )).join("\n"));
    this.uri = `sip:${user}@${domain}`;
    this.#child = start("linphonec", ["-c", file, "-d", "6", "-l", join(this.#folder, "log")], {
      env: { HOME: this.#folder, XDG_CONFIG_HOME: undefined, XDG_DATA_HOME: undefined }, stdio: ["pipe", "pipe", "ignore"],
    });
    this.#child.stdout.on("data", (data) => (this.#said += data));
    // Without a sound card, it would not take a call.
    this.say("soundcard use files");
    await this.#logs(/to \[LinphoneRegistrationOk\]/);
    return this;
  }

  /** Types a command. */
  say(command) {
    this.#child.stdin.write(`${command}\n`);
  }

  /** Waits until it says something. */
  hears(pattern) {
    return this.#until(pattern, () => this.#said);
  }

  #logs(pattern) {
    return this.#until(pattern, () => readFileSync(join(this.#folder, "log"), { encoding: "utf8", flag: "a+" }) + this.#said);
  }

  async #until(pattern, text, within = 15_000) {
    const deadline = performance.now() + within;
    while (!pattern.test(text())) {
      if (performance.now() > deadline) throw new Error(`Linphone does not say ${pattern}, but\n${this.#said}`);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  close() {
    if (this.#child === undefined) return undefined;
    const gone = new Promise((done) => this.#child.once("exit", done));
    this.#child.kill("SIGKILL");
    return gone;
  }
}
