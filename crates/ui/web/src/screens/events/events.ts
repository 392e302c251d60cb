// Events as the platform shows them, and what a filter asks for. It knows no components.

import type { Query } from '../../lib/api';
import type { Token } from '../../ui/filter';
import { isWithin, takeTimes } from '../../ui/time-filter';

export interface Event {
  id: string;
  source: { id: string; name?: string };
  type: string;
  text: string;
  time: string;
  creationTime: string;
  c8y_IsBinary?: { name?: string; type?: string; length?: number };
  [fragment: string]: unknown;
}

const STANDARD = new Set(['id', 'self', 'source', 'type', 'text', 'time', 'creationTime', 'lastUpdated']);
export const fragments = (event: Event): Record<string, unknown> =>
  Object.fromEntries(Object.entries(event).filter(([name]) => !STANDARD.has(name)));

/** How far back the list goes, by its word in the address. */
export const RANGES = { hour: 3_600, day: 86_400, week: 604_800, month: 2_592_000 } as const;
export type Range = keyof typeof RANGES | 'all';
export const isRange = (text: string | null): text is Range => text === 'all' || Object.keys(RANGES).includes(text ?? '');

export interface Asked {
  query: Query;
  /** Tokens that mean nothing here. */
  unknown: Token[];
  /** The filter says from when on, or until when: then the range does not count. */
  isTimed: boolean;
}

/** The question of a filter, the latest first. The platform takes one type, one fragment and one device at a time. */
export function question(tokens: readonly Token[], range: Range, now: number, source?: string): Asked {
  const query: Query = {};
  const unknown: Token[] = [];
  if (source) query.source = source;
  const times = takeTimes(tokens, query);
  for (const token of tokens.filter((one) => !times.has(one))) {
    const value = token.values.length === 1 && !token.not ? token.values[0] : undefined;
    const name = { type: 'type', has: 'fragmentType', device: 'source' }[token.field];
    if (!name || value === undefined || query[name] !== undefined) unknown.push(token);
    else query[name] = value;
  }
  const isTimed = times.size > 0;
  if (range !== 'all' && !isTimed) query.dateFrom = new Date(now - RANGES[range] * 1000).toISOString();
  return { query, unknown, isTimed };
}

/** Whether an event is one of those that a question asks for, so that only these are counted as new. */
export function isAsked(query: Query, event: Event): boolean {
  const is = (wanted: unknown, value: string) => wanted === undefined || wanted === value;
  const has = typeof query.fragmentType !== 'string' || Object.hasOwn(event, query.fragmentType.split('.')[0] ?? '');
  return is(query.type, event.type) && is(query.source, event.source.id) && has && isWithin(query, event.time);
}

/** How many of these fall into each of `parts` equal parts of the time between the first and the last of them. */
export function density(times: readonly number[], parts: number): { from: number; to: number; counts: number[] } {
  const counts = Array.from({ length: parts }, () => 0);
  if (times.length === 0) return { from: 0, to: 0, counts };
  const from = Math.min(...times);
  const to = Math.max(...times);
  for (const time of times) {
    const at = to === from ? 0 : Math.min(parts - 1, Math.floor(((time - from) / (to - from)) * parts));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return { from, to, counts };
}
