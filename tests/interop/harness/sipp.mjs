// SIPp with a scenario of ours, behind a wire that is listened to.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "../../../deploy/servers.mjs";
import { start } from "../../../scripts/run.mjs";
import { Wire } from "./wire.mjs";

const SCENARIOS = fileURLToPath(new URL("../sipp/", import.meta.url));
/** SIPp gives up by itself a little later than any case. */
const LIMIT_S = 100;

/** One run of one call. */
export class Sipp {
  #child;
  #ended;
  #errors;
  #folder;

  constructor(scenario, folder) {
    this.scenario = scenario;
    this.#folder = folder;
  }

  /** Opens the wire and starts SIPp behind it; `target` is whom it calls. */
  async start({ registrar, user, domain, target = user }) {
    this.wire = await new Wire(registrar).open();
    const port = await freePorts();
    this.wire.leadTo(port);
    this.contact = `sip:${user}@127.0.0.1:${this.wire.port}`;
    const words = Object.entries({ tap: this.wire.port, domain, me: user }).flatMap(([name, value]) => ["-key", name, `${value}`]);
    const once = ["-m", "1", "-l", "1", "-nostdin", "-timeout", `${LIMIT_S}s`, "-timeout_error"];
    this.#errors = join(this.#folder, `sipp-${port}.err`);
    const errors = ["-trace_err", "-error_file", this.#errors];
    const args = ["-sf", join(SCENARIOS, `${this.scenario}.xml`), "-i", "127.0.0.1", "-p", `${port}`, "-s", target, ...words, ...once, ...errors];
    this.#child = start("sipp", [...args, `127.0.0.1:${this.wire.port}`], { cwd: this.#folder, stdio: "ignore" });
    this.#ended = new Promise((done) => {
      this.#child.once("exit", done);
      this.#child.once("error", (error) => done(error.message));
    });
    return this;
  }

  /** Waits until SIPp has seen the scenario through. */
  async done() {
    const code = await this.#ended;
    if (code === 0) return;
    const said = existsSync(this.#errors) ? readFileSync(this.#errors, "utf8") : "";
    throw new Error(`SIPp's ${this.scenario} ended with ${code}\n${said.split("\n").slice(0, 30).join("\n")}`);
  }

  async close() {
    this.#child?.kill("SIGKILL");
    await this.#ended;
    await this.wire?.close();
  }
}
