// What is selected in a list.

/** Of what is selected, what the list still shows: nobody acts on what cannot be seen. */
export function stillShown(selected: Set<string>, rows: readonly { id: string }[]): Set<string> {
  const shown = new Set(rows.map((one) => one.id));
  const kept = [...selected].filter((id) => shown.has(id));
  return kept.length === selected.size ? selected : new Set(kept);
}
