/**
 * What a message costs with few and many calls open: an INFO inside one of them after the other,
 * until the application has it and its 200 has left, in µs. A client for each number of calls, all
 * of them in each round.
 */

import { makeClient } from "../clients/all.js";
import type { Client } from "../clients/client.js";
import { CORPUS, requestFrom } from "../world/corpus.js";
import { collected, repeat } from "./rounds.js";
import type { Options, Samples } from "./rounds.js";
import { branch, incomingConversation, until } from "./tour.js";

const info = requestFrom(CORPUS.bye
  .replace("BYE sip:", "INFO sip:").replace(/CSeq: .*\r\n/, "")
  .replace("Content-Length: 0\r\n\r\n", "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"));

/** One, a tenth of the square root, and all: 1, 100 and 10,000 of 10,000. */
const stepsOf = (calls: number): number[] => [1, Math.round(Math.sqrt(calls)), calls];

export async function open(clients: readonly Client[], options: Options): Promise<Samples> {
  const samples: Samples = {};
  for (const { name } of clients) {
    const crowds = [];
    for (const count of stepsOf(options.calls)) crowds.push(await Crowd.make(await makeClient(name), count));
    for (const crowd of crowds) await crowd.ask(options.warmUp);
    const columns = (samples[name] = Object.fromEntries(crowds.map(({ count }): [string, number[]] => [String(count), []])));
    for (let round = 0; round < options.rounds; round += 1) {
      for (const crowd of crowds) columns[String(crowd.count)]?.push(await crowd.ask(options.span));
    }
  }
  return samples;
}

/** A client with so many calls. */
class Crowd {
  readonly #calls: { call: string; tag: string }[] = [];
  #cseq = 1000;

  private constructor(readonly client: Client, readonly count: number) {}

  static async make(client: Client, count: number): Promise<Crowd> {
    const crowd = new Crowd(client, count);
    for (let call = 0; call < count; call += 1) crowd.#calls.push(await incomingConversation(client));
    return crowd;
  }

  /** Asks in one call after the other, for so long in ms; what one question costs. */
  async ask(span: number): Promise<number> {
    const { tell, means } = collected();
    let next = 0;
    await repeat(span, async () => {
      const { call, tag } = this.#calls[next++ % this.count] ?? { call: "", tag: "" };
      const text = info({ call, tag, branch: branch() }).replace("\r\nCall-ID:", `\r\nCSeq: ${++this.#cseq} INFO\r\nCall-ID:`);
      tell("info", 1000 * await until(this.client.world, text, "info", "SIP/2.0 200"));
      this.client.world.forget();
    });
    return means()["info"] ?? 0;
  }
}
