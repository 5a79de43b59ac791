// The one AudioContext of the page, for tones and meters.

let context: AudioContext | undefined;

/** The context, running as soon as the browser lets it (after the first click). */
export function audio(): AudioContext {
  context ??= new AudioContext();
  if (context.state === "suspended") void context.resume();
  return context;
}
