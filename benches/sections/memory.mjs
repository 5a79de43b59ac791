// What a call keeps while nothing happens, and what is left of many. In Node, a process for each client.
import { figure, times } from "../run/text.mjs";

const CLIENTS = ["Prackle", "JsSIP", "SIP.js", "floor"];
/**
 * Less than this of each call is no leak, in octets: after a collection the heap differs by some 0.3 MB
 * from run to run, compiled code included, and the floor's with it.
 */
const NOISE = 50;

export async function measure({ environments, options }) {
  const node = environments.find(({ name }) => name === "Node");
  const data = {};
  for (const client of CLIENTS) {
    // SIP.js takes minutes for as many as the others.
    const over = client === "SIP.js" ? options.over / 10 : options.over;
    data[client] = {
      idle: await node.measure("idle", [client], { ...options, calls: client === "SIP.js" ? options.idle / 2 : options.idle }),
      growth: await node.measure("growth", [client], { ...options, calls: over }),
    };
  }
  return data;
}

const kilo = (octets) => figure(octets / 1000);
const total = ({ heap, linear }) => heap + linear;

export function tables(data) {
  return [{
    title: "An idle confirmed call keeps, in kB (Node)",
    columns: ["client", "JavaScript's heap", "linear memory", "together"],
    rows: CLIENTS.map((client) => [client, ...["heap", "linear"].map((part) => kilo(data[client].idle[part])), kilo(total(data[client].idle))]),
  }, {
    title: "In use when all timers have run out, in kB (Node)",
    columns: ["client", "calls", "heap after 100", "heap after all", "linear after 100", "linear after all", "timers set"],
    rows: CLIENTS.map((client) => {
      const { calls, first, last, timers } = data[client].growth;
      return [client, figure(calls), kilo(first.heap), kilo(last.heap), kilo(first.linear), kilo(last.linear), timers];
    }),
  }];
}

export function goals(data) {
  const { first, last, calls } = data.Prackle.growth;
  return [{
    what: "an idle confirmed call's memory, against JsSIP's",
    goal: 0.2,
    values: { Node: total(data.Prackle.idle) / total(data.JsSIP.idle) },
    atLeast: false,
    show: times,
  }, {
    what: `octets left of each of ${figure(calls)} calls that are over (less than ${NOISE} is noise)`,
    goal: NOISE,
    values: { Node: Math.max(0, (total(last) - total(first)) / calls) },
    atLeast: false,
    show: figure,
  }];
}

export function chart(data) {
  const bars = ["Prackle", "JsSIP", "SIP.js"].map((client) => [client, total(data[client].idle) / 1000]);
  return [{ title: "Memory of an idle call", unit: "kB", bars }];
}
