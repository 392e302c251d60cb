// What a part of the audit log is made of: how many records of each type, by whom, from where, when. Counted from records
// that are here; it knows no page and no words.

import type { AuditRecord } from '../../lib/audit/source';

export interface Count {
  value: string;
  count: number;
}
export interface Bar {
  /** When it begins and ends, in milliseconds. */
  from: number;
  to: number;
  count: number;
  /** How many of them were refused or failed. */
  bad: number;
}
export interface Facets {
  types: Count[];
  users: Count[];
  outcomes: Count[];
  addresses: Count[];
  bars: Bar[];
}

export const isBad = (record: AuditRecord): boolean => ['denied', 'failed'].includes(record.holdfast_Audit?.outcome ?? '');

function counted(values: (string | undefined)[]): Count[] {
  const counts = new Map<string, number>();
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  const all = [...counts].map(([value, count]) => ({ value, count }));
  return all.sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1));
}

/** Bars of equal length from the oldest record to the newest. */
function barsOf(records: readonly AuditRecord[], parts: number): Bar[] {
  const times = records.map((one) => Date.parse(one.creationTime ?? ''));
  const known = times.filter((time) => !Number.isNaN(time));
  if (known.length === 0) return [];
  const [first, last] = known.reduce(([least, most], time) => [Math.min(least, time), Math.max(most, time)], [Infinity, -Infinity]);
  const size = Math.max(1, Math.ceil((last - first + 1) / parts));
  const bars = Array.from({ length: Math.ceil((last - first + 1) / size) }, (_, at): Bar => {
    const from = first + at * size;
    return { from, to: from + size - 1, count: 0, bad: 0 };
  });
  records.forEach((record, place) => {
    const bar = bars[Math.floor(((times[place] ?? Number.NaN) - first) / size)];
    if (!bar) return;
    bar.count += 1;
    if (isBad(record)) bar.bad += 1;
  });
  return bars;
}

export const facetsOf = (records: readonly AuditRecord[], parts: number): Facets => ({
  types: counted(records.map((one) => one.type)),
  users: counted(records.map((one) => one.user)),
  outcomes: counted(records.map((one) => one.holdfast_Audit?.outcome)),
  addresses: counted(records.map((one) => one.holdfast_Audit?.address)),
  bars: barsOf(records, parts),
});
