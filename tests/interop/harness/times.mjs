// Times on the wire.
import assert from "node:assert/strict";

/** How late anything may be, in ms: the machine may be busy. */
const LATE_MS = 750;

/** RFC 3262 section 3: a reliable provisional response, T1, doubling, for 64*T1. */
export const UNTIL_PRACK = [0, 500, 1500, 3500, 7500, 15_500, 31_500];
/** RFC 3261 section 13.3.1.4: a 2xx, T1, doubling up to T2, for 64*T1. */
export const UNTIL_ACK = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
/** 64*T1. */
export const LIMIT = 32_000;

/**
 * That the times are those, one for one: none early, measured from the most punctual, and none too
 * late. (The first may well be late itself.)
 */
export function near(times, expected) {
  const shown = times.map(Math.round).join(" ");
  assert.equal(times.length, expected.length, shown);
  const late = times.map((time, at) => time - expected[at]);
  assert.ok(Math.max(...late) - Math.min(...late) < LATE_MS, shown);
}
