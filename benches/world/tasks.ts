/** Tasks of the event loop: what arrives from a network comes in one of its own. */

declare const setImmediate: ((act: () => void) => void) | undefined;

/** Waits for the next task: promises that are settled by then have been heard. */
export const task: () => Promise<void> = typeof setImmediate === "function" ? byImmediate(setImmediate) : byMessage();

function byImmediate(immediate: (act: () => void) => void): () => Promise<void> {
  return () => new Promise((resolve) => { immediate(resolve); });
}

// A message to ourselves: a page's timers are held back, messages are not.
function byMessage(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => { waiting.shift()?.(); };
  return () => new Promise((resolve) => {
    waiting.push(resolve);
    port2.postMessage(undefined);
  });
}
