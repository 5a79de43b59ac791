/** One RTCPeerConnection: our end of the media of one dialog, or of all forks of one offer. */

import { MediaError, asError } from "../errors.js";
import { gathered } from "./gathering.js";
import type { MediaSettings, RemoteDescription } from "./handler.js";
import { bundled, isBundled, rejectsAll, renumbered, sameTransport, succeeding, unbundled } from "./sdp.js";

/** The time that gathering may take, in ms, unless said otherwise. */
const GATHERING_MS = 1000;

/** What a leg sends and wants to receive. */
export interface Wish {
  readonly local: MediaStream | undefined;
  readonly video: boolean;
  readonly held: boolean;
}

/** What a leg is made of. */
export interface LegInit {
  readonly settings: MediaSettings;
  readonly certificate: RTCCertificate;
  /** The dialog whose offer it is to answer early; nothing when any dialog may use it. */
  readonly dialog: number | undefined;
  /** The last description of the leg that it replaces; empty when there was none. */
  readonly former: string;
  /** Told what the connection does. */
  readonly listener: EventListenerObject;
}

/** A connection, and the dialog that it is bound to. */
export class Leg {
  readonly connection: RTCPeerConnection;
  /** The dialog whose offer it answered early; nothing when any dialog may use it. */
  dialog: number | undefined;
  readonly #settings: MediaSettings;
  readonly #former: string;
  #described = "";
  /** The dialog whose provisional answer is applied. */
  #heard: number | undefined;
  /** The early answers to the offer that is out, by dialog: only one of them will count. */
  #answers: Map<number, string> | undefined;
  /** The early answer that counts whoever answers, as the browser knows no provisional ones. */
  #bound: string | undefined;
  /** The offer that was taken in names no BUNDLE group; neither may its answer (RFC 9143 section 7.3). */
  #groupless = false;

  constructor({ settings, certificate, dialog, former, listener }: LegInit) {
    const { iceServers = [], iceTransportPolicy = "all" } = settings;
    this.connection = new RTCPeerConnection({ iceServers: [...iceServers], iceTransportPolicy, certificates: [certificate] });
    this.connection.addEventListener("track", listener);
    this.connection.addEventListener("connectionstatechange", listener);
    this.dialog = dialog;
    this.#settings = settings;
    this.#former = former;
  }

  /** Makes an offer. */
  async offer(wish: Wish): Promise<string> {
    this.#addTransceiver("audio", wish.local);
    if (wish.video) this.#addTransceiver("video", wish.local);
    await this.#direct(wish);
    await this.connection.setLocalDescription(await this.connection.createOffer());
    this.#described = renumbered(await this.#gather(), this.#described);
    return this.#described;
  }

  /** Takes an offer in, which then has to be answered or rolled back. */
  async take(received: string): Promise<void> {
    const sdp = isBundled(this.connection.currentLocalDescription?.sdp ?? "") ? bundled(received) : received;
    this.#groupless = sdp !== received;
    try {
      await this.connection.setRemoteDescription({ type: "offer", sdp });
    } catch (thrown) {
      const cause = asError(thrown);
      throw new MediaError("not-acceptable", `the offer was not understood: ${cause.message}`, { cause });
    }
  }

  /** Answers the offer that was taken in. */
  async answer(wish: Wish): Promise<string> {
    for (const transceiver of this.connection.getTransceivers()) {
      if (transceiver.receiver.track.kind === "video" && !wish.video) transceiver.stop();
    }
    await this.#direct(wish);
    const answer = await this.connection.createAnswer();
    if (rejectsAll(answer.sdp ?? "")) throw new MediaError("not-acceptable", "no media in common");
    await this.connection.setLocalDescription(answer);
    const described = await this.#gather();
    this.#described = this.#groupless ? unbundled(described) : described;
    return this.#described;
  }

  /**
   * Applies an answer, as a provisional one until it counts. Of several forks the first is heard.
   *
   * @returns false when it counts and cannot be applied: another fork has this connection for good
   */
  async setRemote({ sdp: received, kind, dialog, commit }: RemoteDescription): Promise<boolean> {
    if (!this.#isOpen) return true;
    const sdp = bundled(received);
    if (commit) return this.#settle(sdp);
    if (kind === "answer") (this.#answers ??= new Map()).set(dialog, sdp);
    if (this.#heard !== undefined && this.#heard !== dialog) return true;
    this.#heard = dialog;
    await this.#preview(sdp);
    return true;
  }

  /**
   * The early answer of this dialog counts (RFC 6337 section 3.1.1: no later one does).
   *
   * @returns false when another fork has this connection for good
   */
  async commit(dialog: number): Promise<boolean> {
    const sdp = this.#answers?.get(dialog);
    return sdp === undefined || !this.#isOpen || this.#settle(sdp);
  }

  /** Back to the state before the last offer. */
  async rollback(): Promise<void> {
    const { connection } = this;
    if (connection.signalingState === "have-local-offer") {
      await connection.setLocalDescription({ type: "rollback" });
      await this.#receiveAgain();
    }
    if (connection.signalingState === "have-remote-offer") await connection.setRemoteDescription({ type: "rollback" });
  }

  /** The fork that was heard is gone: another may be heard. */
  forget(dialog: number): void {
    this.#answers?.delete(dialog);
    if (this.#heard === dialog) this.#heard = undefined;
  }

  /** Closes the connection. */
  close(): void {
    for (const track of this.tracks) track.stop();
    this.connection.close();
  }

  /** Our last description, as it went out. */
  get described(): string {
    return this.#described;
  }

  /** What the peer sends. */
  get tracks(): MediaStreamTrack[] {
    return this.connection.getTransceivers().map(({ receiver }) => receiver.track);
  }

  /**
   * Chromium stops to receive when it offers not to (hold), and a rollback does not change its mind; the
   * negotiation that holds, done once more without the peer, does.
   */
  async #receiveAgain(): Promise<void> {
    const { connection } = this;
    const agreed = connection.currentRemoteDescription;
    const deaf = connection.getTransceivers().filter(({ direction, currentDirection }) => receives(currentDirection) && !receives(direction));
    if (agreed === null || deaf.length === 0) return;
    for (const transceiver of deaf) transceiver.direction = transceiver.currentDirection ?? transceiver.direction;
    if (agreed.type === "offer") {
      await connection.setRemoteDescription(agreed);
      await connection.setLocalDescription(await connection.createAnswer());
    } else {
      await connection.setLocalDescription(await connection.createOffer());
      await connection.setRemoteDescription(agreed);
    }
  }

  /** Whether an answer is still missing: not when one has counted, or the offer was rolled back. */
  get #isOpen(): boolean {
    return this.connection.signalingState !== "stable" || this.#bound !== undefined;
  }

  // Firefox knows no provisional answers. There the first early one is applied as if it counted:
  // mostly it will, and what comes before the answer is heard.
  async #preview(sdp: string): Promise<void> {
    if (this.#bound !== undefined) return;
    try {
      await this.connection.setRemoteDescription({ type: "pranswer", sdp });
    } catch (thrown) {
      if (asError(thrown).name !== "NotSupportedError") throw thrown;
      await this.connection.setRemoteDescription({ type: "answer", sdp });
      this.#bound = sdp;
    }
  }

  async #settle(sdp: string): Promise<boolean> {
    const bound = this.#bound;
    this.#heard = undefined;
    this.#bound = undefined;
    this.#answers = undefined;
    if (bound !== undefined) return sameTransport(bound, sdp);
    await this.connection.setRemoteDescription({ type: "answer", sdp });
    return true;
  }

  #addTransceiver(kind: "audio" | "video", local: MediaStream | undefined): void {
    const there = this.connection.getTransceivers().some(({ receiver }) => receiver.track.kind === kind);
    if (!there) this.connection.addTransceiver(kind, { streams: local === undefined ? [] : [local] });
  }

  /** Puts our tracks where they can go, and says in which directions media may flow (RFC 3264 section 8.4). */
  async #direct({ local, held }: Wish): Promise<void> {
    for (const transceiver of this.connection.getTransceivers()) {
      if (transceiver.direction === "stopped") continue;
      const { kind } = transceiver.receiver.track;
      const track = local?.getTracks().find((own) => own.kind === kind);
      if (track !== undefined && transceiver.sender.track !== track) await transceiver.sender.replaceTrack(track);
      transceiver.direction = directionOf(track !== undefined, !held);
    }
  }

  async #gather(): Promise<string> {
    await gathered(this.connection, this.#settings.iceGatheringTimeout ?? GATHERING_MS);
    return succeeding(this.connection.localDescription?.sdp ?? "", this.#former);
  }
}

function directionOf(send: boolean, receive: boolean): RTCRtpTransceiverDirection {
  if (send) return receive ? "sendrecv" : "sendonly";
  return receive ? "recvonly" : "inactive";
}

const receives = (direction: RTCRtpTransceiverDirection | null): boolean => direction === "sendrecv" || direction === "recvonly";
