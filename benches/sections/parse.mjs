// Reading a message, a JavaScript string in and an object out; and understanding it, the application's
// event out, with all that has to be done meanwhile.
import { meanOf, median, ratio, summary } from "../run/statistics.mjs";
import { figure, spread, times } from "../run/text.mjs";
import { COMMON, KINDS, goalIn, inEach, understanding } from "./understanding.mjs";

const CLIENTS = ["Prackle", "JsSIP", "SIP.js"];

export async function measure(context) {
  return inEach(context.environments, async (environment) => ({
    whole: await understanding(environment, context),
    cold: await cold(environment, context.options.starts),
  }));
}

// Each in a process or page of its own, in turn.
async function cold(environment, starts) {
  const samples = {};
  for (let start = 0; start < starts; start += 1) {
    for (const client of [...CLIENTS, "floor"]) {
      const { [client]: first } = await environment.measure("understandCold", [client], {});
      const columns = (samples[client] ??= {});
      for (const [kind, [value]] of Object.entries(first)) (columns[kind] ??= []).push(value);
    }
  }
  return samples;
}

export function tables(data) {
  return Object.entries(data).flatMap(([name, one]) => [warmTable(name, one), coldTable(name, one)]);
}

const alone = (kind) => `alone:${kind}`;
const itself = (kind) => kind;

function warmTable(name, { whole }) {
  const columns = [["Prackle", itself], ["Prackle", alone], ["JsSIP", itself], ["JsSIP", alone], ["SIP.js", itself], ["SIP.js", alone], ["floor", itself]];
  const row = (kind) => [kind, ...columns.map(([client, key]) => (key(kind) in whole[client] ? spread(summary(whole[client][key(kind)])) : "-"))];
  const mean = columns.map(([client, key]) => spread(summary(meanOf(whole[client], KINDS.map(key).filter((one) => one in whole[client])))));
  return {
    title: `A message read and understood, warm, in ${name}: µs, the median of the rounds (and their quartiles)`,
    columns: ["message", "Prackle: all of it", "its parser alone", "JsSIP: all of it", "its parser alone", "SIP.js: all of it", "its parser alone", "floor"],
    rows: [...KINDS.map(row), ["mean", ...mean]],
  };
}

function coldTable(name, { cold: samples }) {
  const row = (kind) => [kind, ...CLIENTS.concat("floor").map((client) => (samples[client][kind] === undefined ? "-" : figure(median(samples[client][kind]))))];
  return {
    title: `The same for the first message of its kind in a fresh ${name === "Node" ? "process" : "page"}, in ${name}: µs, medians`,
    columns: ["message", "Prackle", "JsSIP", "SIP.js", "floor"],
    rows: KINDS.map(row),
  };
}

export function goals(data) {
  const goal = (what, client, least, kinds, key) => ({
    ...goalIn(data, what, least, ({ whole }) => ratio(meanOf(whole[client], kinds.map(key)), meanOf(whole.Prackle, kinds.map(key)))),
    atLeast: true,
    show: times,
  });
  return [
    goal("a message read: Prackle's parser against JsSIP's", "JsSIP", 50, KINDS, alone),
    goal("a message understood: all that Prackle does against all that JsSIP does", "JsSIP", 50, COMMON, itself),
    goal("a message read: Prackle's parser against SIP.js's", "SIP.js", 500, KINDS, alone),
    goal("a message understood: all that Prackle does against all that SIP.js does", "SIP.js", 500, KINDS, itself),
  ];
}

export function chart(data) {
  const { whole } = Object.values(data)[0];
  const bars = (key, kindsOf) => CLIENTS.map((client) => [client, median(meanOf(whole[client], kindsOf(client).map(key)))]);
  return [
    { title: "Message in, event out (mean of eight kinds)", unit: "µs", bars: bars(itself, (client) => (client === "JsSIP" ? COMMON : KINDS)) },
    { title: "Message read alone (mean of eight kinds)", unit: "µs", bars: bars(alone, () => KINDS) },
  ];
}
