// What is chosen in a list that is loaded anew.

/** followed is what was chosen as it is listed now: without what is gone. */
export function followed<T>(selected: T[], items: readonly T[], id: (item: T) => string): T[] {
  if (selected.length === 0) return selected;
  const listed = new Map(items.map((i) => [id(i), i]));
  const now = selected.map((s) => listed.get(id(s))).filter((i) => i !== undefined);
  return JSON.stringify(now) === JSON.stringify(selected) ? selected : now;
}
