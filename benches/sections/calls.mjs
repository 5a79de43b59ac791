// Whole calls in a second, one after the other on one thread; and what a message costs among many calls.
import { median, ratio, summary } from "../run/statistics.mjs";
import { figure, spread, times } from "../run/text.mjs";
import { goalIn, inEach } from "./understanding.mjs";

const CLIENTS = ["Prackle", "JsSIP", "SIP.js", "floor"];

export async function measure({ environments, options }) {
  // As many as the client can open in a bearable time.
  const crowds = { Prackle: options.crowd, JsSIP: options.crowd / 10, floor: options.crowd };
  return inEach(environments, async (environment) => {
    const { calls } = { calls: await environment.measure("calls", CLIENTS, options) };
    const open = {};
    for (const [client, count] of Object.entries(crowds)) {
      Object.assign(open, await environment.measure("open", [client], { ...options, calls: count }));
    }
    return { calls, open };
  });
}

export function tables(data) {
  const whole = {
    title: "Whole calls in a second: the median of the rounds (and their quartiles)",
    columns: ["in", ...CLIENTS],
    rows: Object.entries(data).map(([name, { calls }]) => [name, ...CLIENTS.map((client) => spread(summary(calls[client].calls)))]),
  };
  const among = Object.entries(data).map(([name, { open }]) => ({
    title: `An INFO inside one of so many open calls, until the application has it and its 200 has left, in ${name}: µs`,
    columns: ["client", "calls open: µs", "", ""],
    rows: Object.entries(open).map(([client, columns]) => [
      client, ...Object.entries(columns).map(([count, values]) => `${figure(Number(count))}: ${spread(summary(values))}`),
    ]),
  }));
  return [whole, ...among];
}

export function goals(data) {
  const flat = ({ open: { Prackle: columns } }) => {
    const counts = Object.keys(columns).map(Number).sort((a, b) => a - b);
    return Math.max(...counts.map((count) => ratio(columns[count], columns[counts[0]])));
  };
  return [
    { ...goalIn(data, "whole calls in a second, against JsSIP", 20, ({ calls }) => ratio(calls.Prackle.calls, calls.JsSIP.calls)), atLeast: true, show: times },
    { ...goalIn(data, "a message with 10,000 calls open, against one with a single call", 1.5, flat), atLeast: false, show: times },
  ];
}

export function chart(data) {
  const { calls } = Object.values(data)[0];
  return [{
    title: "Whole calls on one thread",
    unit: "a second",
    more: true,
    bars: ["Prackle", "JsSIP", "SIP.js"].map((client) => [client, median(calls[client].calls)]),
  }];
}
