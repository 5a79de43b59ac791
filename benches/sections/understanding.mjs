// What parse and react share: each client's whole way from a message to the application's event,
// measured once in each environment.
const CLIENTS = ["Prackle", "JsSIP", "SIP.js", "floor"];
const known = new WeakMap();

/** The eight messages of the corpus. */
export const KINDS = ["invite", "progress", "ringing", "ok", "prack", "ack", "bye", "registered"];
/** Those that a client without PRACK gets, too. */
export const COMMON = KINDS.filter((kind) => kind !== "prack");

/** Samples in µs, of each kind and of `prackSent`. */
export function understanding(environment, { options }) {
  if (!known.has(environment)) known.set(environment, environment.measure("understand", CLIENTS, options));
  return known.get(environment);
}

/** Maps the data of each environment. */
export async function inEach(environments, measure) {
  const data = {};
  for (const environment of environments) data[environment.name] = await measure(environment);
  return data;
}

/** Makes rows of a table of goals: a value for each environment. */
export function goalIn(data, what, goal, value) {
  return { what, goal, values: Object.fromEntries(Object.entries(data).map(([name, one]) => [name, value(one)])) };
}
