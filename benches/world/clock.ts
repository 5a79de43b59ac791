/**
 * Time as the clients see it: it stands still until it is moved. So half a minute of retransmission
 * timers costs no half minute, no timer of one client fires while another is measured, and all
 * clients pay the same for setting one. The stopwatch keeps the real time.
 */

import { task } from "./tasks.js";

/** The real time in ms, whatever the clients are told. */
export const stopwatch: () => number = performance.now.bind(performance);

interface Timer {
  readonly act: () => void;
  readonly every: number | undefined;
  due: number;
}

const timers = new Map<number, Timer>();
const begun = Date.now();
let now = 0;
let lastTimer = 0;

/** Puts the clock where the clients look for it. */
export function installClock(): void {
  const start = (every: boolean) => (act: () => void, wait = 0): number => {
    const span = Math.max(wait, 1);
    timers.set(++lastTimer, { act, due: now + span, every: every ? span : undefined });
    return lastTimer;
  };
  const stop = (timer: number | undefined): void => {
    if (timer !== undefined) timers.delete(timer);
  };
  Object.assign(globalThis, { setTimeout: start(false), setInterval: start(true), clearTimeout: stop, clearInterval: stop });
  performance.now = () => now;
  Date.now = () => begun + now;
}

/** Lets time pass: what is due happens, in its order, each in a task of its own. */
export async function pass(span: number): Promise<void> {
  const end = now + span;
  for (;;) {
    const due = [...timers].filter(([, timer]) => timer.due <= end).sort(([, a], [, b]) => a.due - b.due);
    if (due.length === 0) break;
    for (const [id, timer] of due) await fire(id, timer);
  }
  now = end;
}

/** How many timers are set. */
export function timersSet(): number {
  return timers.size;
}

async function fire(id: number, timer: Timer): Promise<void> {
  if (!timers.has(id)) return;
  now = Math.max(now, timer.due);
  if (timer.every === undefined) timers.delete(id);
  else timer.due += timer.every;
  timer.act();
  await task();
}
