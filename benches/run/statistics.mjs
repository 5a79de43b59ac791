// Medians, and how far the rounds lie apart.

/** The value that a share of all values does not exceed. */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}

export const median = (values) => quantile(values, 0.5);

/** The median with the quartiles. */
export function summary(values) {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/** How much larger `left` is than `right`: the median of what each round says. */
export function ratio(left, right) {
  return median(left.map((value, round) => value / right[round % right.length]));
}

/** The mean of some columns, round by round. */
export function meanOf(columns, names) {
  const rows = names.map((name) => columns[name]);
  return rows[0].map((_, round) => rows.reduce((sum, row) => sum + row[round], 0) / rows.length);
}
