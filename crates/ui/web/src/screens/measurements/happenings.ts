// What happened while values were measured: alarms and events of the same sources and time, for the marks under a chart.

import { get, type Page } from '../../lib/api';
import type { Span } from '../../lib/measurements/range';
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
export interface Happenings {
  /** The latest of them, no more than can be told apart. */
  shown: Happening[];
  /** How many there are in all; nothing: they may not be read. */
  alarms: number | undefined;
  events: number | undefined;
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
    const read = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    return { found: read.flatMap((one) => one.found), total: read.length > 0 ? read.reduce((sum, one) => sum + one.total, 0) : undefined };
  };
  const [alarms, events] = await Promise.all([of('alarms'), of('events')]);
  return { shown: [...events.found, ...alarms.found], alarms: alarms.total, events: events.total };
}

/** Where a time stands in an area of a chart; nothing: outside of it. */
export function positionOf(at: number, [from, to]: readonly [number, number], area: { left: number; width: number }): number | undefined {
  const share = (at / 1000 - from) / (to - from);
  return share >= 0 && share <= 1 ? area.left + share * area.width : undefined;
}
