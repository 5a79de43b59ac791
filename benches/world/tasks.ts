/** Tasks of the event loop: what arrives from a network comes in one of its own. */

declare const setImmediate: ((act: () => void) => void) | undefined;

/**
 * Waits for the next task: promises that are settled by then have been heard. In a page the continuation
 * of a yield is the task that costs least: half of what a message to ourselves does.
 */
export const task: () => Promise<void> = typeof setImmediate === "function" ? byImmediate(setImmediate) : () => scheduler.yield();

function byImmediate(immediate: (act: () => void) => void): () => Promise<void> {
  return () => new Promise((resolve) => { immediate(resolve); });
}
