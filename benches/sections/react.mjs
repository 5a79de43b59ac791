// How soon a client reacts: a reliable 183 until its PRACK, an INVITE until the application knows.
import { median, ratio, summary } from "../run/statistics.mjs";
import { spread, times } from "../run/text.mjs";
import { goalIn, inEach, understanding } from "./understanding.mjs";

const CLIENTS = ["Prackle", "JsSIP", "SIP.js", "floor"];
const WAYS = { prackSent: "reliable 183 → PRACK in the socket's hands", invite: "INVITE → the application's event" };

export function measure(context) {
  return inEach(context.environments, (environment) => understanding(environment, context));
}

export function tables(data) {
  return Object.entries(data).map(([name, samples]) => ({
    title: `Reactions, warm, in ${name}: µs, the median of the rounds (and their quartiles)`,
    columns: ["from → to", ...CLIENTS],
    rows: Object.entries(WAYS).map(([way, words]) => [
      words, ...CLIENTS.map((client) => (way in samples[client] ? spread(summary(samples[client][way])) : "-")),
    ]),
  }));
}

export function goals(data) {
  const goal = (way, client, least, words) => ({
    ...goalIn(data, words, least, (samples) => ratio(samples[client][way], samples.Prackle[way])), atLeast: true, show: times,
  });
  return [
    goal("prackSent", "SIP.js", 100, "reliable 183 → PRACK, against SIP.js"),
    goal("invite", "JsSIP", 20, "INVITE → event, against JsSIP"),
  ];
}

export function chart(data) {
  const samples = Object.values(data)[0];
  const titles = { prackSent: "Reliable 183 → PRACK", invite: "INVITE → the application's event" };
  return Object.entries(titles).map(([way, title]) => ({
    title,
    unit: "µs",
    bars: ["Prackle", "JsSIP", "SIP.js"].map((client) => [client, way in samples[client] ? median(samples[client][way]) : undefined]),
  }));
}
