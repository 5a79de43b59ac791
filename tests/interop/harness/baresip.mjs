// baresip: a phone of somebody else's making that knows no reliable provisional responses (1.0.0). Not
// installed by us; where it is there, its cases run. Worked over TCP by its module ctrl_tcp, in JSON.
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePorts } from "../../../deploy/servers.mjs";
import { start, which } from "../../../scripts/run.mjs";
import { Inbox } from "./inbox.mjs";

const HOST = "127.0.0.1";

/** Whether it is there. */
export const hasBaresip = () => which("baresip") !== undefined;

/** One instance, with an account of its own, that speaks a tone. */
export class Baresip {
  #child;
  #folder;
  #control;
  #rest = Buffer.alloc(0);
  /** What it tells: REGISTER_OK, CALL_INCOMING, CALL_ESTABLISHED ... */
  events = new Inbox("baresip");

  constructor(parent) {
    this.#folder = mkdtempSync(join(parent, "baresip-"));
  }

  async start({ registrar, domain, user, password, tone }) {
    // The port above that of SIP is for TLS.
    const [sip, control, media] = [await freePorts(2), await freePorts(), await freePorts(20)];
    const modules = ["g711.so", "ausine.so", "aubridge.so"].map((name) => ["module", name]);
    const apps = ["account.so", "menu.so", "ctrl_tcp.so"].map((name) => ["module_app", name]);
    const settings = [
      ["sip_listen", `${HOST}:${sip}`], ["rtp_ports", `${media}-${media + 19}`], ["net_interface", HOST],
      // Its tone has 48 kHz and two channels, or is none.
      ["audio_source", `ausine,${tone}`], ["ausrc_srate", 48_000], ["ausrc_channels", 2], ["audio_player", "aubridge,nil"], ["audio_alert", "aubridge,nil"],
      ["module_path", "/usr/lib/baresip/modules"], ...modules, ...apps, ["ctrl_tcp_listen", `${HOST}:${control}`],
    ];
    writeFileSync(join(this.#folder, "config"), settings.map(([name, value]) => `${name}\t${value}\n`).join(""));
    const outbound = `outbound="sip:${HOST}:${registrar};transport=udp"`;
    writeFileSync(join(this.#folder, "accounts"), `<sip:${user}@${domain}>;auth_user=${user};auth_pass=${password};${outbound};regint=600;audio_codecs=PCMU\n`);
    this.uri = `sip:${user}@${domain}`;
    this.#child = start("baresip", ["-f", this.#folder], { stdio: "ignore" });
    await this.#connect(control);
    await this.#registered();
    return this;
  }

  /** It may have been before anybody listened. */
  async #registered() {
    for (;;) {
      this.say("reginfo");
      const { data } = await this.events.take("reginfo", ({ response, token }) => response && token === "reginfo");
      if (/OK/.test(data)) return;
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  async #connect(port) {
    for (;;) {
      this.#control = connect(port, HOST);
      const opened = await once(this.#control, "connect").then(() => true, () => false);
      if (opened) break;
      if (this.#child.exitCode !== null) throw new Error("baresip does not start");
      await new Promise((done) => setTimeout(done, 50));
    }
    this.#control.on("data", (data) => this.#take(data));
  }

  /** Netstrings: the length, a colon, JSON, a comma. */
  #take(data) {
    this.#rest = Buffer.concat([this.#rest, data]);
    for (;;) {
      const colon = this.#rest.indexOf(":");
      const end = colon + 1 + Number(this.#rest.subarray(0, colon));
      if (colon < 0 || this.#rest.length <= end) return;
      this.events.push(JSON.parse(this.#rest.subarray(colon + 1, end)));
      this.#rest = this.#rest.subarray(end + 1);
    }
  }

  /** Gives a command. */
  say(command, params = "") {
    const text = JSON.stringify({ command, params, token: command });
    this.#control.write(`${Buffer.byteLength(text)}:${text},`);
  }

  /** Waits until it tells of something. */
  tells(type) {
    return this.events.take(type, (event) => event.type === type);
  }

  async close() {
    this.#control?.destroy();
    if (this.#child === undefined || this.#child.exitCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }
}
