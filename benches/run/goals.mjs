// The goals, and whether they are reached.

/** One row for each goal of these sections. */
export async function goalTable(sections) {
  const goals = await allGoals(sections);
  return {
    title: "The goals",
    columns: ["what", "goal", "measured", "reached"],
    rows: goals.map(({ what, goal, values, atLeast, show }) => [
      what,
      `${atLeast ? "at least" : "at most"} ${show(goal)}`,
      Object.entries(values).map(([where, value]) => `${show(value)} (${where})`).join(", "),
      Object.values(values).every((value) => (atLeast ? value >= goal : value <= goal)) ? "yes" : "no",
    ]),
  };
}

async function allGoals(sections) {
  const found = [];
  for (const [name, data] of Object.entries(sections)) found.push(...(await import(`../sections/${name}.mjs`)).goals(data));
  return found;
}
