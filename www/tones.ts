// The tones that a phone makes by itself, made by WebAudio: no files.

import { audio } from "./audio.js";

/** What can sound: a call comes in, the far end rings, it is busy, a key was pressed. */
export type Tone = "ring" | "ringback" | "busy";

/** On and off times in seconds, repeated, and the frequencies that sound together. */
const CADENCES: Record<Tone, { frequencies: number[]; pattern: [on: number, off: number][]; times: number; volume: number }> = {
  ring: { frequencies: [440, 554], pattern: [[0.4, 0.2], [0.4, 2]], times: Infinity, volume: 0.12 },
  ringback: { frequencies: [425], pattern: [[1, 4]], times: Infinity, volume: 0.05 },
  busy: { frequencies: [425], pattern: [[0.48, 0.48]], times: 3, volume: 0.05 },
};

const DTMF_ROWS = [697, 770, 852, 941];
const DTMF_COLUMNS = [1209, 1336, 1477];
const DTMF_KEYS = "123456789*0#";

/** Plays one tone at a time. */
export class Tones {
  #playing: Tone | undefined;
  #stop: (() => void) | undefined;

  /** Plays this tone from now on, or silence. */
  play(tone: Tone | undefined): void {
    if (tone === this.#playing) return;
    this.#stop?.();
    this.#stop = undefined;
    this.#playing = tone;
    if (tone) this.#stop = this.#cadence(tone);
  }

  /** The short sound of a dial pad's key. */
  key(digit: string): void {
    const at = DTMF_KEYS.indexOf(digit);
    if (at < 0) return;
    const frequencies = [DTMF_ROWS[Math.floor(at / 3)] ?? 0, DTMF_COLUMNS[at % 3] ?? 0];
    const voice = new Voice(frequencies, 0.04);
    voice.pulse(voice.now, 0.12);
    voice.stop(voice.now + 0.2);
  }

  /** One period at a time, so that a stopped tone leaves no timer. */
  #cadence(tone: Tone): () => void {
    const { frequencies, pattern, times, volume } = CADENCES[tone];
    const voice = new Voice(frequencies, volume);
    const period = pattern.reduce((sum, [on, off]) => sum + on + off, 0);
    let timer = 0;
    const play = (left: number): void => {
      let at = voice.now;
      for (const [on, off] of pattern) {
        voice.pulse(at, on);
        at += on + off;
      }
      if (left > 1) timer = window.setTimeout(() => play(left - 1), period * 1000);
      else voice.stop(at);
    };
    play(times);
    return () => {
      window.clearTimeout(timer);
      voice.stop(0);
    };
  }
}

/** Some oscillators behind one gate. */
class Voice {
  #context = audio();
  #gate: GainNode;
  #oscillators: OscillatorNode[];
  #volume: number;

  constructor(frequencies: number[], volume: number) {
    const context = this.#context;
    this.#volume = volume;
    this.#gate = new GainNode(context, { gain: 0 });
    this.#gate.connect(context.destination);
    this.#oscillators = frequencies.map((frequency) => new OscillatorNode(context, { frequency }));
    for (const oscillator of this.#oscillators) {
      oscillator.connect(this.#gate);
      oscillator.start();
    }
  }

  get now(): number {
    return this.#context.currentTime;
  }

  /** Sounds from `at` for `seconds`, with soft edges. */
  pulse(at: number, seconds: number): void {
    this.#gate.gain.setTargetAtTime(this.#volume, at, 0.01);
    this.#gate.gain.setTargetAtTime(0, at + seconds, 0.01);
  }

  stop(at: number): void {
    const [first] = this.#oscillators;
    if (first) first.onended = () => this.#gate.disconnect();
    for (const oscillator of this.#oscillators) oscillator.stop(at);
  }
}
