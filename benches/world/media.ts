/**
 * Media that costs next to nothing: as much of WebRTC as the media handlers of the clients use,
 * with descriptions from the corpus. All clients use their own default media handler on top of it.
 */

import { DESCRIPTION } from "./corpus.js";

type Listener = (event: unknown) => void;

class StubTrack {
  readonly id = "track";
  readonly kind = "audio";
  readonly readyState = "live";
  enabled = true;

  addEventListener(): void { /* nothing ever happens to it */ }
  stop(): void { /* nor is there anything to stop */ }
}

class StubStream {
  readonly id = "stream";
  readonly #tracks: StubTrack[];

  constructor(tracks: StubTrack[] = []) {
    this.#tracks = [...tracks];
  }

  addTrack(track: StubTrack): void {
    this.#tracks.push(track);
  }

  removeTrack(track: StubTrack): void {
    this.#tracks.splice(this.#tracks.indexOf(track), 1);
  }

  getTracks(): StubTrack[] {
    return [...this.#tracks];
  }

  getAudioTracks(): StubTrack[] {
    return [...this.#tracks];
  }

  getVideoTracks(): StubTrack[] {
    return [];
  }

  getTrackById(id: string): StubTrack | null {
    return this.#tracks.find((track) => track.id === id) ?? null;
  }

  dispatchEvent(): void { /* nobody listens */ }
}

class StubSender {
  track: StubTrack | null = null;

  replaceTrack(track: StubTrack | null): Promise<void> {
    this.track = track;
    return Promise.resolve();
  }
}

class StubTransceiver {
  direction = "sendrecv";
  readonly mid = "0";
  readonly sender = new StubSender();
  readonly receiver = { track: new StubTrack() };
}

interface Description {
  readonly type: string;
  readonly sdp?: string;
}

class StubConnection {
  static generateCertificate(): Promise<object> {
    return Promise.resolve({});
  }

  signalingState = "stable";
  readonly iceGatheringState = "complete";
  readonly iceConnectionState = "new";
  readonly connectionState = "new";
  localDescription: Description | null = null;
  remoteDescription: Description | null = null;
  readonly #transceivers: StubTransceiver[] = [];
  readonly #listeners: Listener[] = [];

  addEventListener(_type: string, listener: Listener): void {
    this.#listeners.push(listener);
  }

  removeEventListener(_type: string, listener: Listener): void {
    this.#listeners.splice(this.#listeners.indexOf(listener), 1);
  }

  getConfiguration(): object {
    return {};
  }

  getTransceivers(): StubTransceiver[] {
    return this.#transceivers;
  }

  getSenders(): StubSender[] {
    return this.#transceivers.map(({ sender }) => sender);
  }

  getReceivers(): { track: StubTrack }[] {
    return this.#transceivers.map(({ receiver }) => receiver);
  }

  addTransceiver(): StubTransceiver {
    const made = new StubTransceiver();
    this.#transceivers.push(made);
    return made;
  }

  addTrack(track: StubTrack): StubSender {
    const { sender } = this.#transceivers[0] ?? this.addTransceiver();
    sender.track = track;
    return sender;
  }

  createOffer(): Promise<Description> {
    return Promise.resolve({ type: "offer", sdp: DESCRIPTION });
  }

  createAnswer(): Promise<Description> {
    return Promise.resolve({ type: "answer", sdp: DESCRIPTION });
  }

  setLocalDescription(description: Description): Promise<void> {
    this.localDescription = { sdp: DESCRIPTION, ...description };
    this.signalingState = description.type === "offer" ? "have-local-offer" : "stable";
    return Promise.resolve();
  }

  setRemoteDescription(description: Description): Promise<void> {
    this.remoteDescription = description;
    const states: Record<string, string> = { offer: "have-remote-offer", pranswer: "have-remote-pranswer" };
    this.signalingState = states[description.type] ?? "stable";
    if (description.type === "offer" && this.#transceivers.length === 0) this.addTransceiver();
    return Promise.resolve();
  }

  close(): void {
    this.#listeners.length = 0;
    this.#transceivers.length = 0;
  }
}

class StubDescription implements Description {
  readonly type: string;
  readonly sdp: string;

  constructor({ type, sdp = "" }: Description) {
    this.type = type;
    this.sdp = sdp;
  }
}

class StubTrackEvent {
  readonly track: unknown;

  constructor(readonly type: string, { track }: { track: unknown }) {
    this.track = track;
  }
}

/** Puts the stubs where the browser has the real ones. */
export function installMedia(): void {
  const define = (owner: object, name: string, value: unknown): void => {
    Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  };
  define(globalThis, "RTCPeerConnection", StubConnection);
  define(globalThis, "RTCSessionDescription", StubDescription);
  define(globalThis, "MediaStream", StubStream);
  define(globalThis, "MediaStreamTrackEvent", StubTrackEvent);
  const mediaDevices = { getUserMedia: () => Promise.resolve(new StubStream([new StubTrack()])) };
  if (typeof document === "undefined") {
    define(globalThis, "window", globalThis);
    define(globalThis, "navigator", { mediaDevices });
  } else {
    define(navigator, "mediaDevices", mediaDevices);
  }
}
