// Level meters for the microphone and for the voice of the far end.

import { audio } from "./audio.js";

/** Below this many decibels the meter shows nothing. */
const FLOOR = -60;

/** Moves a bar with the loudness of a stream, for as long as it is attached. */
export class Meter {
  #bar: HTMLElement;
  #stream: MediaStream | undefined;
  #detach: (() => void) | undefined;

  constructor(bar: HTMLElement) {
    this.#bar = bar;
  }

  /** Shows this stream, or nothing. */
  attach(stream: MediaStream | undefined): void {
    if (stream === this.#stream) return;
    this.#detach?.();
    this.#detach = undefined;
    this.#stream = stream;
    this.#show(0);
    if (stream && stream.getAudioTracks().length > 0) this.#detach = this.#watch(stream);
  }

  #watch(stream: MediaStream): () => void {
    const analyser = new AnalyserNode(audio(), { fftSize: 512 });
    const source = audio().createMediaStreamSource(stream);
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let frame = 0;
    const draw = (): void => {
      analyser.getFloatTimeDomainData(samples);
      this.#show(level(samples));
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => {
      cancelAnimationFrame(frame);
      source.disconnect();
    };
  }

  #show(value: number): void {
    this.#bar.style.setProperty("--level", value.toFixed(3));
    this.#bar.setAttribute("aria-valuenow", String(Math.round(value * 100)));
  }
}

/** 0 for silence, 1 for the loudest there is, on a scale of decibels. */
function level(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length + 1e-12);
  return Math.min(1, Math.max(0, 1 - decibels / FLOOR));
}
