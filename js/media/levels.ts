/** Loudness, as the browser measures it anyway; what it does not tell is listened to. */

/** How loud it is, 0 (silence) to 1 (as loud as it gets). */
export interface Levels {
  /** What we send. */
  readonly input: number;
  /** What the peer sends. */
  readonly output: number;
}

interface AudioEntry {
  readonly type: string;
  readonly kind?: string;
  readonly audioLevel?: number;
}

/** Reads the loudness of the audio that the connection of a call sends and receives. */
export class LevelMeter {
  #context: AudioContext | undefined;
  #analyser: AnalyserNode | undefined;
  #track: MediaStreamTrack | undefined;
  #closed = false;

  /** The loudness now; silence when there is no connection. */
  async read(connection: RTCPeerConnection | undefined): Promise<Levels> {
    const levels: Record<string, number> = {};
    const report = await connection?.getStats();
    report?.forEach(({ type, kind, audioLevel }: AudioEntry) => {
      if (kind === "audio" && audioLevel !== undefined) levels[type] = Math.max(levels[type] ?? 0, audioLevel);
    });
    return { input: levels["media-source"] ?? this.#listen(connection), output: levels["inbound-rtp"] ?? 0 };
  }

  /** Listens no more. */
  close(): void {
    this.#closed = true;
    void this.#context?.close();
  }

  // Firefox has no audioLevel for what is sent.
  #listen(connection: RTCPeerConnection | undefined): number {
    const track = connection?.getSenders().find((sender) => sender.track?.kind === "audio")?.track ?? undefined;
    if (track === undefined || this.#closed) return 0;
    if (track !== this.#track) this.#analyser = this.#tap(track);
    return this.#analyser === undefined ? 0 : loudness(this.#analyser);
  }

  #tap(track: MediaStreamTrack): AnalyserNode {
    this.#track = track;
    this.#context ??= new AudioContext();
    const analyser = new AnalyserNode(this.#context);
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    return analyser;
  }
}

/** The root of the mean square: what `audioLevel` of WebRTC's statistics is made of. */
function loudness(analyser: AnalyserNode): number {
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}
