/**
 * The default media of a call, over RTCPeerConnection, made when the first description is needed.
 * The only place of the package that needs a page around it.
 */

import { MediaError } from "../errors.js";
import type { MediaContext, MediaHandler, MediaSettings, RemoteDescription } from "./handler.js";
import { Leg } from "./leg.js";
import type { Wish } from "./leg.js";
import { capture } from "./microphone.js";
import { wantsToHear } from "./sdp.js";

/** What browsers make when they are not told. */
const CERTIFICATE: EcKeyGenParams = { name: "ECDSA", namedCurve: "P-256" };

/**
 * The media of one call over an RTCPeerConnection.
 *
 * Early descriptions are applied as provisional answers (`pranswer`), so that media is heard
 * before the call is answered; of several forks the first one is heard. The answer of the dialog
 * that wins replaces it; where the browser knows no provisional answers (Firefox), the session is
 * offered anew then, in case that another fork was heard. Only when several forks of a call without
 * an offer of ours offer themselves, each gets a connection of its own, until one of them answers.
 */
export class PeerConnectionMedia implements MediaHandler, EventListenerObject {
  readonly #context: MediaContext;
  readonly #settings: MediaSettings;
  #remote: MediaStream | undefined;
  /** The first one is the one that is heard. */
  #legs: Leg[] = [];
  // One for all: to a peer that keeps its DTLS association, a connection that replaces another is the same.
  #certificate: RTCCertificate | undefined;
  /** The last description of the connection that was given up. */
  #former = "";
  #local: MediaStream | undefined;
  #held = false;
  #closed = false;

  constructor(context: MediaContext, settings: MediaSettings) {
    this.#context = context;
    this.#settings = settings;
  }

  async createOffer(dialog: number | undefined): Promise<string> {
    const leg = dialog === undefined ? this.#legs[0] ?? await this.#addLeg(undefined) : await this.#legFor(dialog);
    await this.#openDevices();
    return leg.offer(this.#wish);
  }

  async createAnswer(offer: string, dialog: number | undefined): Promise<string> {
    const leg = await this.#legFor(dialog);
    try {
      await leg.take(offer);
      if (wantsToHear(offer)) await this.#openDevices();
      return await leg.answer(this.#wish);
    } catch (error) {
      await leg.rollback();
      throw error;
    }
  }

  async setRemote(description: RemoteDescription): Promise<void> {
    const [leg] = this.#legs;
    if (leg !== undefined && !(await leg.setRemote(description))) this.#beginAnew(leg);
  }

  async rollback(dialog: number): Promise<void> {
    await this.#ownOrShared(dialog)?.rollback();
  }

  endDialog(dialog: number): void {
    this.#legs[0]?.forget(dialog);
    const ended = this.#legs.find((leg) => leg.dialog === dialog);
    if (ended !== undefined && this.#legs.length > 1) this.#keep(this.#legs.filter((leg) => leg !== ended));
  }

  async commit(dialog: number): Promise<void> {
    const leg = this.#legs.find((one) => one.dialog === dialog) ?? this.#legs[0];
    if (leg === undefined) return;
    leg.dialog = undefined;
    this.#keep([leg]);
    if (!(await leg.commit(dialog))) this.#beginAnew(leg);
  }

  hold(held: boolean): void {
    this.#held = held;
  }

  close(): void {
    this.#closed = true;
    for (const track of this.#ownTracks()) track.stop();
    for (const leg of this.#legs) leg.close();
  }

  /** @internal Hears what its connections tell; those that were given up are not heard any more. */
  handleEvent({ type, currentTarget, track }: Event & Partial<RTCTrackEvent>): void {
    const place = this.#closed ? -1 : this.#legs.findIndex(({ connection }) => connection === currentTarget);
    if (type === "track") {
      if (place === 0 && track !== undefined) this.#hear([track]);
    } else if (this.#legs[place]?.connection.connectionState === "failed" && this.#legs.length === 1) {
      // While others are left, a fork without media is only a fork less.
      this.#context.onFailure(new MediaError("media-failed", "the media connection failed"));
    }
  }

  get localStream(): MediaStream | undefined {
    return this.#local;
  }

  get remoteStream(): MediaStream | undefined {
    return this.#remote?.getTracks().length === 0 ? undefined : this.#remote;
  }

  get peerConnection(): RTCPeerConnection | undefined {
    return this.#legs[0]?.connection;
  }

  get #wish(): Wish {
    const { video = false, stream } = this.#context.options;
    return { local: this.#local, video: video !== false || (stream?.getVideoTracks().length ?? 0) > 0, held: this.#held };
  }

  /** The leg for an offer in a dialog; an early answer of it counts now. */
  async #legFor(dialog: number | undefined): Promise<Leg> {
    const leg = this.#ownOrShared(dialog);
    if (leg !== undefined && (dialog === undefined || await leg.commit(dialog))) return leg;
    if (leg !== undefined) this.#drop(leg);
    return this.#addLeg(dialog);
  }

  #ownOrShared(dialog: number | undefined): Leg | undefined {
    const [first] = this.#legs;
    return this.#legs.find((leg) => leg.dialog === dialog) ?? (first?.dialog === undefined ? first : undefined);
  }

  async #addLeg(dialog: number | undefined): Promise<Leg> {
    const certificate = (this.#certificate ??= await RTCPeerConnection.generateCertificate(CERTIFICATE));
    if (this.#closed) throw new MediaError("media-failed", "the call has ended");
    const leg = new Leg({ settings: this.#settings, certificate, dialog, former: this.#former, listener: this });
    this.#legs = [...this.#legs, leg];
    return leg;
  }

  #beginAnew(leg: Leg): void {
    this.#drop(leg);
    this.#context.onRenegotiationNeeded();
  }

  #drop(leg: Leg): void {
    leg.close();
    this.#former = leg.described;
    this.#legs = this.#legs.filter((one) => one !== leg);
    this.#forgetTracks();
  }

  #forgetTracks(): void {
    for (const track of this.#remote?.getTracks() ?? []) this.#remote?.removeTrack(track);
  }

  #keep(legs: Leg[]): void {
    const [before] = this.#legs;
    for (const leg of this.#legs) if (!legs.includes(leg)) leg.close();
    this.#legs = legs;
    const [now] = legs;
    if (now === undefined || now === before) return;
    this.#forgetTracks();
    this.#hear(now.tracks);
  }

  #hear(tracks: MediaStreamTrack[]): void {
    this.#remote ??= new MediaStream();
    for (const track of tracks) this.#remote.addTrack(track);
    this.#context.onRemoteStream(this.#remote);
  }

  async #openDevices(): Promise<void> {
    if (this.#local !== undefined) return;
    const { options } = this.#context;
    this.#local = options.stream ?? await capture(options);
    // The call may have ended while the user was being asked.
    if (this.#closed) for (const track of this.#ownTracks()) track.stop();
  }

  #ownTracks(): MediaStreamTrack[] {
    return this.#local === undefined || this.#local === this.#context.options.stream ? [] : this.#local.getTracks();
  }
}
