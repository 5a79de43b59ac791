// Pictures of the figures: as SVG by hand, readable on light and on dark.
import { figure } from "./text.mjs";

const STYLE = `text{font:13px system-ui,sans-serif;fill:#444d56}.title{font-weight:600;fill:#24292f}.small{font-size:11px}
.ours{fill:#2672d9}.others{fill:#8c959f}.line{stroke:#8c959f;stroke-dasharray:4 3}
@media (prefers-color-scheme:dark){text{fill:#b1bac4}.title{fill:#f0f6fc}.ours{fill:#58a6ff}.others{fill:#6e7681}}`;

const escaped = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const text = (x, y, words, attributes = "") => `<text x="${x}" y="${y}" ${attributes}>${escaped(words)}</text>`;
const rect = (x, y, width, height, kind) => `<rect class="${kind}" x="${x}" y="${y}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" rx="2"/>`;

function svg(width, height, title, parts) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title><style>${STYLE}</style>`, ...parts, "</svg>", "",
  ].join("\n");
}

const PANEL = { width: 430, height: 104, bar: 16, names: 62, room: 215 };

/** Bars for each quantity: `charts` have a title, a unit, and bars as pairs of client and value. */
export function barChart(title, charts) {
  const rows = Math.ceil(charts.length / 2);
  const parts = charts.flatMap((chart, index) => panel(chart, (index % 2) * (PANEL.width + 20), Math.floor(index / 2) * (PANEL.height + 8)));
  return svg(2 * PANEL.width + 20, rows * (PANEL.height + 8), title, parts);
}

function panel({ title, unit, bars, more = false }, left, top) {
  const most = Math.max(...bars.map(([, value]) => value ?? 0));
  const lines = bars.flatMap(([client, value], row) => {
    const y = top + 32 + row * (PANEL.bar + 6);
    const name = text(left, y + 13, client);
    if (value === undefined) return [name, text(left + PANEL.names, y + 13, "has none")];
    const width = Math.max(PANEL.room * value / most, 1);
    const label = text(left + PANEL.names + width + 8, y + 13, `${figure(value)} ${unit}`);
    return [name, rect(left + PANEL.names, y, width, PANEL.bar, client === "Prackle" ? "ours" : "others"), label];
  });
  const [heading, better] = [text(left, top + 18, title, 'class="title"'), `${more ? "more" : "less"} is better`];
  return [heading, text(left + PANEL.width, top + 18, better, 'class="small" text-anchor="end"'), ...lines];
}

/** How many came in each second, with the mean and the bound. */
export function storm({ agents, arrivals }, bound) {
  const [width, height, foot] = [880, 220, 190];
  const mean = agents / arrivals.length;
  const most = Math.max(bound * mean, ...arrivals) * 1.08;
  const step = width / arrivals.length;
  const y = (count) => foot - (foot - 20) * count / most;
  const bars = arrivals.map((count, second) => rect(second * step + 1, y(count), step - 2, foot - y(count), "ours"));
  const line = (count, words) => [
    `<line class="line" x1="0" x2="${width}" y1="${y(count).toFixed(1)}" y2="${y(count).toFixed(1)}"/>`,
    text(4, (y(count) - 5).toFixed(1), words, 'class="small"'),
  ];
  const seconds = arrivals.map((_, second) => second).filter((second) => second % 5 === 0)
    .map((second) => text((second * step + 1).toFixed(1), foot + 16, `${second} s`, 'class="small"'));
  const title = `${figure(agents)} user agents register again after 30 s without their server: REGISTERs in each second`;
  return svg(width, height, title, [
    ...bars, ...line(mean, `mean ${figure(mean)}`), ...line(bound * mean, `goal: at most ${bound} times the mean`), ...seconds,
    text(width - 4, 14, title, 'class="title" text-anchor="end"'),
  ]);
}
