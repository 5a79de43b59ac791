// Plain RTP: a phone's voice, one tone of G.711 (PCMU), and its ear for another.
import { createSocket } from "node:dgram";

const HOST = "127.0.0.1";
const RATE = 8000;
const SAMPLES = 160; // 20 ms

/** One end of an audio stream. */
export class Rtp {
  #socket = createSocket("udp4");
  #heard = [];
  #timer;
  #sequence = 0;

  async open() {
    this.#socket.on("message", (packet) => this.#hear(packet));
    await new Promise((bound) => this.#socket.bind(0, HOST, bound));
    this.port = this.#socket.address().port;
    return this;
  }

  /** Speaks a tone into the port that a description names. */
  speak(frequency, description) {
    const port = Number(/^m=audio (\d+) /m.exec(description)[1]);
    const begin = performance.now();
    this.#timer = setInterval(() => {
      // A timer of Node comes late; what it owes is sent at once.
      while (this.#sequence * 20 <= performance.now() - begin) this.#socket.send(this.#packet(frequency), port, HOST);
    }, 10);
  }

  #packet(frequency) {
    const packet = Buffer.alloc(12 + SAMPLES);
    packet[0] = 0x80;
    packet.writeUInt16BE(this.#sequence & 0xffff, 2);
    packet.writeUInt32BE(this.#sequence * SAMPLES, 4);
    packet.writeUInt32BE(0x70726163, 8);
    for (let index = 0; index < SAMPLES; index += 1) {
      const time = (this.#sequence * SAMPLES + index) / RATE;
      packet[12 + index] = toMuLaw(Math.round(12_000 * Math.sin(2 * Math.PI * frequency * time)));
    }
    this.#sequence += 1;
    return packet;
  }

  #hear(packet) {
    // RTCP may come the same way; a browser's packets may have a header extension (RFC 8285).
    if (packet.length < 13 || (packet[1] & 0x7f) !== 0) return;
    const extension = packet[0] & 0x10 ? 4 + 4 * packet.readUInt16BE(14) : 0;
    this.#heard.push(...Array.from(packet.subarray(12 + extension), fromMuLaw));
    this.#heard.splice(0, Math.max(0, this.#heard.length - 2 * RATE));
  }

  /** Forgets what was heard. */
  forget() {
    this.#heard = [];
  }

  /** Waits until a tone makes up most of the last quarter of a second. */
  async hears(frequency, within = 15_000) {
    const deadline = performance.now() + within;
    for (;;) {
      const share = shareOf(frequency, this.#heard.slice(-RATE / 4));
      if (share > 0.5) return;
      if (performance.now() > deadline) throw new Error(`nothing at ${frequency} Hz (${this.#heard.length} samples, share ${share.toFixed(2)})`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  close() {
    clearInterval(this.#timer);
    return new Promise((closed) => this.#socket.close(closed));
  }
}

/** How much of the power is at a frequency (Goertzel), 0..1. */
function shareOf(frequency, samples) {
  if (samples.length < RATE / 4) return 0;
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / RATE);
  let [last, before, power] = [0, 0, 0];
  for (const sample of samples) {
    [last, before] = [sample + coefficient * last - before, last];
    power += sample * sample;
  }
  const tone = last * last + before * before - coefficient * last * before;
  return power === 0 ? 0 : (2 * tone) / (power * samples.length);
}

// G.711, section 3: sign, exponent and mantissa, all inverted.
const BIAS = 0x84;

function toMuLaw(sample) {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), 32_635) + BIAS;
  const exponent = Math.floor(Math.log2(magnitude)) - 7;
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}

function fromMuLaw(octet) {
  const inverted = ~octet & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + BIAS) << ((inverted >> 4) & 7)) - BIAS;
  return inverted & 0x80 ? -magnitude : magnitude;
}
