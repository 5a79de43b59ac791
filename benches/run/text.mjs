// Figures and tables for people.

/** A number with as many digits as say something. */
export function figure(value) {
  if (value === undefined) return "-";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-GB", { maximumFractionDigits: digits });
}

/** A median with its quartiles. */
export const spread = ({ median, low, high }) => `${figure(median)} (${figure(low)}..${figure(high)})`;

/** A ratio. */
export const times = (value) => (value === undefined ? "-" : `${figure(value)} x`);

/** A table as Markdown, which a terminal shows well enough. */
export function table({ title, columns, rows }) {
  const lines = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, column) => Math.max(...lines.map((row) => row[column].length)));
  const shown = lines.map((row) => `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(" | ")} |`);
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [`${title}`, "", shown[0], rule, ...shown.slice(1), ""].join("\n");
}
