// Filters by time, the same in every list: `since:2026-11-22T10:00:00Z until:2026-11-22T11:00:00Z`. Both ends belong to it.
// It knows no list.

import type { Query } from '../lib/api';
import { dateTime } from '../lib/format';
import { t } from '../lib/i18n.svelte';
import type { Field, Token } from './filter';

/** What they are to the platform. */
const NAMES = new Map([
  ['since', 'dateFrom'],
  ['until', 'dateTo'],
]);

export function timeFields(): Field[] {
  const called = (time: string) => dateTime(time, true);
  return [
    { id: 'since', label: t('filter.since'), called },
    { id: 'until', label: t('filter.until'), called },
  ];
}

/** Takes the times of a filter into a question, and says which tokens these were: one of each, and only what is a time. */
export function takeTimes(tokens: readonly Token[], query: Query): Set<Token> {
  const taken = new Set<Token>();
  for (const token of tokens) {
    const name = NAMES.get(token.field);
    const time = token.not || token.by !== ':' || token.values.length !== 1 ? NaN : Date.parse(token.values[0] ?? '');
    if (!name || Number.isNaN(time) || query[name] !== undefined) continue;
    query[name] = new Date(time).toISOString();
    taken.add(token);
  }
  return taken;
}

/** Whether a question asks for what has this time. */
export function isWithin({ dateFrom, dateTo }: Query, time: string): boolean {
  const at = Date.parse(time);
  return !(typeof dateFrom === 'string' && at < Date.parse(dateFrom)) && !(typeof dateTo === 'string' && at > Date.parse(dateTo));
}
