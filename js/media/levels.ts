/** Loudness, as the browser measures it anyway. */

/** How loud it is, 0 (silence) to 1 (as loud as it gets). */
export interface Levels {
  /** What we send. */
  readonly input: number;
  /** What the peer sends. */
  readonly output: number;
}

/** Loudness of the audio that a connection sends and receives. */
export async function levelsOf(connection: RTCPeerConnection | undefined): Promise<Levels> {
  let [input, output] = [0, 0];
  const report = await connection?.getStats();
  report?.forEach((entry: { type: string; kind?: string; audioLevel?: number }) => {
    if (entry.kind !== "audio") return;
    if (entry.type === "media-source") input = Math.max(input, entry.audioLevel ?? 0);
    if (entry.type === "inbound-rtp") output = Math.max(output, entry.audioLevel ?? 0);
  });
  return { input, output };
}
