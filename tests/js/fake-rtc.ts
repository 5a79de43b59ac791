/** Just enough of WebRTC, with the rules of the signalling state that matter here. */

export class FakeTrack extends EventTarget {
  enabled = true;
  readyState: "live" | "ended" = "live";

  constructor(readonly kind: "audio" | "video") {
    super();
  }

  stop(): void {
    this.readyState = "ended";
  }
}

export class FakeStream {
  readonly #tracks: FakeTrack[];

  constructor(tracks: FakeTrack[] = []) {
    this.#tracks = [...tracks];
  }

  addTrack(track: FakeTrack): void {
    if (!this.#tracks.includes(track)) this.#tracks.push(track);
  }

  removeTrack(track: FakeTrack): void {
    this.#tracks.splice(this.#tracks.indexOf(track), 1);
  }

  getTracks(): FakeTrack[] {
    return [...this.#tracks];
  }

  getAudioTracks(): FakeTrack[] {
    return this.#tracks.filter(({ kind }) => kind === "audio");
  }

  getVideoTracks(): FakeTrack[] {
    return this.#tracks.filter(({ kind }) => kind === "video");
  }
}

export class FakeTransceiver {
  direction = "sendrecv";
  currentDirection: string | null = null;
  readonly receiver: { track: FakeTrack };
  readonly sender: { track: FakeTrack | null; replaceTrack(track: FakeTrack): Promise<void> };

  constructor(readonly kind: "audio" | "video") {
    this.receiver = { track: new FakeTrack(kind) };
    this.sender = {
      track: null,
      replaceTrack(track) {
        this.track = track;
        return Promise.resolve();
      },
    };
  }

  stop(): void {
    this.direction = "stopped";
  }
}

export class FakeDtmf extends EventTarget {
  readonly canInsertDTMF = true;
  readonly toneBuffer = "";
  readonly inserted: unknown[][] = [];

  insertDTMF(...request: unknown[]): void {
    this.inserted.push(request);
  }

  play(tone: string): void {
    this.dispatchEvent(Object.assign(new Event("tonechange"), { tone }));
  }
}

interface Description {
  type: string;
  sdp?: string;
}

/** m= lines are `audio` and `video`; a stopped transceiver gets port 0. */
export class FakeConnection extends EventTarget {
  static made: FakeConnection[] = [];
  /** How gathering goes: at once, or when a test says so; `restart`: the state is still that of the gathering before. */
  static gathering: "complete" | "manual" | "restart" = "complete";
  /** Whether there are provisional answers: Firefox has none. */
  static provisional = true;

  readonly applied: string[] = [];
  readonly #transceivers: FakeTransceiver[] = [];
  #version = 0;
  signalingState = "stable";
  iceGatheringState = "new";
  connectionState = "new";
  localDescription: { sdp: string } | null = null;
  currentLocalDescription: { sdp: string } | null = null;
  currentRemoteDescription: Description | null = null;
  #remote: Description | null = null;
  /** The line of the BUNDLE group. */
  group = "";
  /** What the audio sender sends tones with. */
  tones: FakeDtmf | null = null;
  closed = false;

  constructor(readonly configuration: RTCConfiguration) {
    super();
    FakeConnection.made.push(this);
  }

  static last(): FakeConnection {
    const found = FakeConnection.made.at(-1);
    if (found === undefined) throw new Error("no connection was made");
    return found;
  }

  static generateCertificate({ name }: EcKeyGenParams): Promise<object> {
    return Promise.resolve({ made: name });
  }

  getSenders(): { dtmf: FakeDtmf | null }[] {
    return [{ dtmf: this.tones }];
  }

  getStats(): Promise<Map<string, object>> {
    return Promise.resolve(new Map<string, object>([
      ["a", { type: "media-source", kind: "audio", audioLevel: 0.25 }],
      ["b", { type: "inbound-rtp", kind: "audio", audioLevel: 0.5 }],
      ["c", { type: "inbound-rtp", kind: "video" }],
    ]));
  }

  getConfiguration(): RTCConfiguration {
    return this.configuration;
  }

  getTransceivers(): FakeTransceiver[] {
    return this.#transceivers;
  }

  addTransceiver(kind: "audio" | "video"): FakeTransceiver {
    const made = new FakeTransceiver(kind);
    this.#transceivers.push(made);
    return made;
  }

  createOffer(): Promise<Description> {
    return Promise.resolve({ type: "offer", sdp: this.#session() });
  }

  createAnswer(): Promise<Description> {
    return Promise.resolve({ type: "answer", sdp: this.#session() });
  }

  setLocalDescription({ type, sdp }: Description): Promise<void> {
    this.applied.push(`local ${type}`);
    this.signalingState = type === "offer" ? "have-local-offer" : "stable";
    const complete = FakeConnection.gathering === "complete";
    if (sdp !== undefined) this.localDescription = { sdp: complete ? `${sdp}a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n` : sdp };
    if (type === "answer") this.#agree(this.#remote);
    if (FakeConnection.gathering !== "restart") this.iceGatheringState = complete ? "complete" : "gathering";
    return Promise.resolve();
  }

  setRemoteDescription({ type, sdp = "" }: Description): Promise<void> {
    if (type === "pranswer" && !FakeConnection.provisional) return Promise.reject(new DOMException("not yet implemented", "NotSupportedError"));
    if (sdp.includes("nonsense")) return Promise.reject(new DOMException("cannot be read", "OperationError"));
    this.applied.push(`remote ${type} ${sdp}`.trim());
    this.signalingState = { offer: "have-remote-offer", pranswer: "have-remote-pranswer" }[type] ?? "stable";
    if (type === "offer") this.#remote = { type, sdp };
    if (type === "answer") this.#agree({ type, sdp });
    if (type === "offer") this.#match(sdp);
    else if (type !== "rollback") this.#arrive();
    return Promise.resolve();
  }

  close(): void {
    this.closed = true;
  }

  fail(): void {
    this.connectionState = "failed";
    this.dispatchEvent(new Event("connectionstatechange"));
  }

  candidate(type: string | null): void {
    const candidate = type === null ? null : { type };
    this.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate }));
  }

  #agree(remote: Description | null): void {
    this.currentRemoteDescription = remote;
    this.currentLocalDescription = this.localDescription;
    for (const transceiver of this.#transceivers) transceiver.currentDirection = transceiver.direction;
  }

  #match(sdp: string): void {
    for (const [, kind] of sdp.matchAll(/^m=(audio|video) /gm)) {
      if (!this.#transceivers.some((one) => one.kind === kind)) this.addTransceiver(kind as "audio" | "video").direction = "recvonly";
    }
    this.#arrive();
  }

  #arrive(): void {
    for (const { receiver } of this.#transceivers) {
      this.dispatchEvent(Object.assign(new Event("track"), { track: receiver.track }));
    }
  }

  /** As browsers do: a version more each time. */
  #session(): string {
    this.#version += 1;
    return `v=0\r\no=- 1 ${this.#version} IN IP4 127.0.0.1\r\n${this.group}${this.#media()}`;
  }

  #media(): string {
    return this.#transceivers.map(({ kind, direction }) => `m=${kind} ${direction === "stopped" ? 0 : 9} UDP/TLS/RTP/SAVPF 0\r\na=${direction}\r\n`).join("");
  }
}

export interface FakeDevices {
  /** What was asked for, in order. */
  asked: MediaStreamConstraints[];
  /** The streams that were given. */
  given: FakeStream[];
  /** Thrown instead, by this DOMException name. */
  error: string | undefined;
  /** Waited for first. */
  gate: Promise<void>;
}

/** Puts the fakes where the browser has the real ones. */
export function installRtc(): FakeDevices {
  const devices: FakeDevices = { asked: [], given: [], error: undefined, gate: Promise.resolve() };
  FakeConnection.made = [];
  FakeConnection.gathering = "complete";
  FakeConnection.provisional = true;
  const mediaDevices = {
    async getUserMedia(constraints: MediaStreamConstraints): Promise<FakeStream> {
      devices.asked.push(constraints);
      await devices.gate;
      if (devices.error !== undefined) throw new DOMException("no", devices.error);
      const tracks = [constraints.audio, constraints.video].flatMap((wanted, index) => (
        wanted === undefined || wanted === false ? [] : [new FakeTrack(index === 0 ? "audio" : "video")]
      ));
      const stream = new FakeStream(tracks);
      devices.given.push(stream);
      return stream;
    },
  };
  define("RTCPeerConnection", FakeConnection);
  define("MediaStream", FakeStream);
  define("navigator", { mediaDevices });
  return devices;
}

export function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
