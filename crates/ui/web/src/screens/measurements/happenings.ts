// What happened while values were measured: alarms and events of the same sources and time, for the marks under a chart.

import { get, path, type Page } from '../../lib/api';
import type { Span } from '../../lib/measurements/range';
import { href } from '../../lib/router.svelte';
import type { SeverityName } from '../../lib/severity';

export interface Happening {
  id: string;
  /** Milliseconds since 1970. */
  at: number;
  text: string;
  source: string;
  /** Of an alarm; an event has none. */
  severity?: SeverityName;
}
/** How many there are of one source; nothing: they may not be read. */
export interface Counts {
  source: string;
  alarms: number | undefined;
  events: number | undefined;
}
export interface Happenings {
  /** The latest of them, no more than can be told apart. */
  shown: Happening[];
  counts: Counts[];
  /** Between which times. */
  span: Span;
}
const SHOWN = 200;

interface Item {
  id: string;
  time: string;
  text?: string;
  severity?: SeverityName;
  source?: { id: string };
}

async function ask(name: 'alarms' | 'events', source: string, span: Span, signal: AbortSignal) {
  const query = {
    source,
    dateFrom: new Date(span.from).toISOString(),
    dateTo: new Date(span.to).toISOString(),
    pageSize: SHOWN,
    withTotalElements: true,
  };
  const page = await get<Page<string, Item>>(name === 'alarms' ? '/alarm/alarms' : '/event/events', { query, signal });
  const items = (page as Record<string, unknown>)[name] as Item[];
  const found = items.map(({ id, time, text = '', severity, source: of }): Happening => {
    return { id, at: Date.parse(time), text, source: of?.id ?? source, ...(severity && { severity }) };
  });
  return { found, total: page.statistics.totalElements ?? found.length };
}

/** Of each source, as far as they may be read. */
export async function happenings(sources: readonly string[], span: Span, signal: AbortSignal): Promise<Happenings> {
  const of = async (name: 'alarms' | 'events') => {
    const all = await Promise.allSettled(sources.map((source) => ask(name, source, span, signal)));
    return all.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
  };
  const [alarms, events] = await Promise.all([of('alarms'), of('events')]);
  return {
    shown: [...events, ...alarms].flatMap((one) => one?.found ?? []),
    counts: sources.map((source, at) => ({ source, alarms: alarms[at]?.total, events: events[at]?.total })),
    span,
  };
}

/** How many there are of all sources together; nothing: none of them may be read. */
export function sum(counts: readonly Counts[], name: 'alarms' | 'events'): number | undefined {
  const known = counts.flatMap((one) => one[name] ?? []);
  return known.length > 0 ? known.reduce((all, one) => all + one, 0) : undefined;
}

/** The list of exactly those that were counted. */
export function listOf(name: 'alarms' | 'events', source: string, { from, to }: Span): string {
  const times = `since:${new Date(from).toISOString()} until:${new Date(to).toISOString()}`;
  // Without a word about it, the list leaves out what is cleared.
  const q = name === 'alarms' ? `status:active|acknowledged|cleared ${times}` : times;
  return href(path`/devices/${source}/${name}`, { q });
}

/** Where a time stands in an area of a chart; nothing: outside of it. */
export function positionOf(at: number, [from, to]: readonly [number, number], area: { left: number; width: number }): number | undefined {
  const share = (at / 1000 - from) / (to - from);
  return share >= 0 && share <= 1 ? area.left + share * area.width : undefined;
}
