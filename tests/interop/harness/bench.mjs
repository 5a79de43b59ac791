// What a case has in its hands: users, pages, peers and sockets of its own, which are gone after it.
import { Baresip } from "./baresip.mjs";
import { Client } from "./client.mjs";
import { Gate } from "./gate.mjs";
import { DOMAIN, passwordOf } from "./lab.mjs";
import { Linphone } from "./linphone.mjs";
import { Peer } from "./peer.mjs";
import { Phone } from "./phone.mjs";
import { Rtp } from "./rtp.mjs";
import { Sipp } from "./sipp.mjs";

/** The bench of one case, in a laboratory and the world of servers that the case wants. */
export class Bench {
  #closing = [];
  #phones = [];
  /** What a case has measured: shown behind its name. */
  notes = [];

  constructor(lab, world) {
    this.lab = lab;
    this.world = world;
  }

  /** A page with a user agent of a new user; registered, unless said otherwise. */
  async phone({ registered = true, server = this.world.edge.ws, user = this.world.nextUser(), ...options } = {}) {
    const tab = await this.lab.borrowTab();
    this.#closing.push(() => this.lab.returnTab(tab));
    const phone = new Phone(tab, { user, password: passwordOf(user), domain: DOMAIN, server });
    this.#phones.push(phone);
    await phone.open(this.lab.page, options);
    if (registered) await phone.register();
    return phone;
  }

  /** A scripted peer; registered as a new user, unless said otherwise. */
  async peer({ registered = true, user = this.world.nextUser() } = {}) {
    const peer = await this.#kept(this.#peerOf(user)).open();
    if (registered) await peer.register(passwordOf(user));
    return peer;
  }

  /** A bare client of a new user on the edge's WebSocket. */
  client({ user = this.world.nextUser() } = {}) {
    return this.#kept(new Client(user, { domain: DOMAIN, password: passwordOf(user), server: this.world.edge.ws })).open();
  }

  /** SIPp as a new user: registered, to be called; or calling `target`. */
  async sipp(scenario, { target } = {}) {
    const user = this.world.nextUser();
    const sipp = this.#kept(new Sipp(scenario, this.world.folder));
    await sipp.start({ registrar: this.world.registrar.port, user, domain: DOMAIN, target });
    if (target === undefined) await this.#registerFor(user, sipp.contact);
    return Object.assign(sipp, { uri: `sip:${user}@${DOMAIN}` });
  }

  /** Linphone as a new user, registered. */
  linphone(rel100) {
    const user = this.world.nextUser();
    const linphone = this.#kept(new Linphone(this.world.folder));
    return linphone.start({ registrar: this.world.registrar.port, domain: DOMAIN, user, password: passwordOf(user), rel100 });
  }

  /** baresip as a new user, registered, that speaks a tone. */
  baresip(tone) {
    const user = this.world.nextUser();
    const baresip = this.#kept(new Baresip(this.world.folder));
    return baresip.start({ registrar: this.world.registrar.port, domain: DOMAIN, user, password: passwordOf(user), tone });
  }

  /** One end of a plain audio stream. */
  rtp() {
    return this.#kept(new Rtp()).open();
  }

  /** A gate in front of the edge: its `address` is the server for a phone. */
  gate() {
    return this.#kept(new Gate(this.world.edge.ws)).open();
  }

  /** Ends the case: closes what it opened; says what went wrong unseen. */
  async close() {
    for (const close of this.#closing.toReversed()) await close();
    const faults = this.#phones.flatMap((phone) => phone.faults);
    if (faults.length > 0) throw new Error(`in the page: ${faults.join("; ")}`);
  }

  #kept(opened) {
    this.#closing.push(() => opened.close());
    return opened;
  }

  #peerOf(user) {
    return new Peer(user, { domain: DOMAIN, registrar: this.world.registrar.port });
  }

  async #registerFor(user, contact) {
    const herald = await this.#peerOf(user).open();
    await herald.register(passwordOf(user), { contact });
    await herald.close();
  }
}
