/** Tones: as RTP events (RFC 4733), or as the bodies of INFO that old gateways read. */

import { MediaError } from "../errors.js";

/** The tones that there are (RFC 4733 section 3.2); a comma is a pause of two seconds. */
export const TONES = /^[0-9A-D#*,]+$/i;

/** Sends tones in the audio stream; resolves when the last one is out. */
export function sendTones(
  connection: RTCPeerConnection, tones: string, duration: number, gap: number, signal: AbortSignal,
): Promise<void> {
  const dtmf = connection.getSenders().find(({ dtmf }) => dtmf?.canInsertDTMF === true)?.dtmf;
  if (dtmf === undefined || dtmf === null) throw new MediaError("media-failed", "the peer takes no tones in the audio stream");
  dtmf.insertDTMF(dtmf.toneBuffer + tones, duration, gap);
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    dtmf.addEventListener("tonechange", ({ tone }) => {
      if (tone !== "") return;
      stop.abort();
      resolve();
    }, { signal: stop.signal });
    signal.addEventListener("abort", () => {
      stop.abort();
      reject(new MediaError("media-failed", "the call ended before the last tone"));
    }, { once: true, signal: stop.signal });
  });
}

/** The body of an INFO for one tone, of type `application/dtmf-relay`. */
export function relayBody(tone: string, duration: number): string {
  return `Signal=${tone}\r\nDuration=${duration}\r\n`;
}
