/**
 * The default media of a call: one RTCPeerConnection, made when the first description is needed.
 * The only place of the package that needs a page around it.
 */

import { MediaError, asError } from "../errors.js";
import { gathered } from "./gathering.js";
import type { MediaContext, MediaHandler, MediaSettings, RemoteDescription } from "./handler.js";
import { capture } from "./microphone.js";
import { rejectsAll, wantsToHear } from "./sdp.js";

/** The time that gathering may take, in ms, unless said otherwise. */
const GATHERING_MS = 1000;

/**
 * The media of one call over an RTCPeerConnection.
 *
 * Early descriptions are applied as provisional answers (`pranswer`), so that media is heard
 * before the call is answered; of several forks the first one is heard. The answer of the dialog
 * that wins replaces it.
 */
export class PeerConnectionMedia implements MediaHandler {
  readonly #context: MediaContext;
  readonly #settings: MediaSettings;
  readonly #remote = new MediaStream();
  readonly #detach = new AbortController();
  #connection: RTCPeerConnection | undefined;
  #local: MediaStream | undefined;
  /** The dialog whose provisional answer is applied. */
  #heard: number | undefined;
  #held = false;

  constructor(context: MediaContext, settings: MediaSettings) {
    this.#context = context;
    this.#settings = settings;
  }

  async createOffer(): Promise<string> {
    const connection = this.#connect();
    await this.#openDevices();
    this.#addTransceiver(connection, "audio");
    if (this.#wantsVideo) this.#addTransceiver(connection, "video");
    await this.#direct(connection);
    await connection.setLocalDescription(await connection.createOffer());
    return this.#describe(connection);
  }

  async createAnswer(offer: string): Promise<string> {
    const connection = this.#connect();
    try {
      await applyOffer(connection, offer);
      await this.#answer(connection, wantsToHear(offer));
    } catch (error) {
      await this.rollback();
      throw error;
    }
    return this.#describe(connection);
  }

  async setRemote({ sdp, dialog, commit }: RemoteDescription): Promise<void> {
    const connection = this.#connect();
    // The answer is there already, or the offer was rolled back.
    if (connection.signalingState === "stable") return;
    if (!commit && this.#heard !== undefined && this.#heard !== dialog) return;
    this.#heard = commit ? undefined : dialog;
    await connection.setRemoteDescription({ type: commit ? "answer" : "pranswer", sdp });
  }

  async rollback(): Promise<void> {
    const connection = this.#connection;
    if (connection?.signalingState === "have-local-offer") await connection.setLocalDescription({ type: "rollback" });
    if (connection?.signalingState === "have-remote-offer") await connection.setRemoteDescription({ type: "rollback" });
  }

  endDialog(dialog: number): void {
    if (this.#heard === dialog) this.#heard = undefined;
  }

  hold(held: boolean): void {
    this.#held = held;
  }

  close(): void {
    this.#detach.abort();
    for (const track of this.#ownTracks()) track.stop();
    for (const { receiver } of this.#connection?.getTransceivers() ?? []) receiver.track.stop();
    this.#connection?.close();
  }

  get localStream(): MediaStream | undefined {
    return this.#local;
  }

  get remoteStream(): MediaStream | undefined {
    return this.#remote.getTracks().length === 0 ? undefined : this.#remote;
  }

  get peerConnection(): RTCPeerConnection | undefined {
    return this.#connection;
  }

  get #wantsVideo(): boolean {
    const { video, stream } = this.#context.options;
    return (video ?? false) !== false || (stream?.getVideoTracks().length ?? 0) > 0;
  }

  #connect(): RTCPeerConnection {
    if (this.#connection !== undefined) return this.#connection;
    const { iceServers = [], iceTransportPolicy = "all" } = this.#settings;
    const connection = new RTCPeerConnection({ iceServers: [...iceServers], iceTransportPolicy });
    const { signal } = this.#detach;
    connection.addEventListener("track", ({ track }) => { this.#onTrack(track); }, { signal });
    connection.addEventListener("connectionstatechange", () => {
      if (connection.connectionState !== "failed") return;
      this.#context.onFailure(new MediaError("media-failed", "the media connection failed"));
    }, { signal });
    this.#connection = connection;
    return connection;
  }

  #onTrack(track: MediaStreamTrack): void {
    this.#remote.addTrack(track);
    this.#context.onRemoteStream(this.#remote);
  }

  async #openDevices(): Promise<void> {
    if (this.#local !== undefined) return;
    const { options } = this.#context;
    const stream = options.stream ?? await capture(options);
    this.#local = stream;
    // The call may have ended while the user was being asked.
    if (this.#detach.signal.aborted) for (const track of this.#ownTracks()) track.stop();
  }

  #ownTracks(): MediaStreamTrack[] {
    return this.#local === undefined || this.#local === this.#context.options.stream ? [] : this.#local.getTracks();
  }

  async #answer(connection: RTCPeerConnection, heard: boolean): Promise<void> {
    if (heard) await this.#openDevices();
    for (const transceiver of connection.getTransceivers()) {
      if (transceiver.receiver.track.kind === "video" && !this.#wantsVideo) transceiver.stop();
    }
    await this.#direct(connection);
    const answer = await connection.createAnswer();
    if (rejectsAll(answer.sdp ?? "")) throw new MediaError("not-acceptable", "no media in common");
    await connection.setLocalDescription(answer);
  }

  #addTransceiver(connection: RTCPeerConnection, kind: "audio" | "video"): void {
    const there = connection.getTransceivers().some(({ receiver }) => receiver.track.kind === kind);
    if (!there) connection.addTransceiver(kind, { streams: this.#local === undefined ? [] : [this.#local] });
  }

  /** Puts our tracks where they can go, and says in which directions media may flow (RFC 3264 section 8.4). */
  async #direct(connection: RTCPeerConnection): Promise<void> {
    for (const transceiver of connection.getTransceivers()) {
      if (transceiver.currentDirection === "stopped" || transceiver.direction === "stopped") continue;
      const { kind } = transceiver.receiver.track;
      const track = this.#local?.getTracks().find((own) => own.kind === kind);
      if (track !== undefined && transceiver.sender.track !== track) await transceiver.sender.replaceTrack(track);
      transceiver.direction = directionOf(track !== undefined, !this.#held);
    }
  }

  async #describe(connection: RTCPeerConnection): Promise<string> {
    await gathered(connection, this.#settings.iceGatheringTimeout ?? GATHERING_MS);
    return connection.localDescription?.sdp ?? "";
  }
}

async function applyOffer(connection: RTCPeerConnection, sdp: string): Promise<void> {
  try {
    await connection.setRemoteDescription({ type: "offer", sdp });
  } catch (thrown) {
    const cause = asError(thrown);
    throw new MediaError("not-acceptable", `the offer was not understood: ${cause.message}`, { cause });
  }
}

function directionOf(send: boolean, receive: boolean): RTCRtpTransceiverDirection {
  if (send) return receive ? "sendrecv" : "sendonly";
  return receive ? "recvonly" : "inactive";
}
