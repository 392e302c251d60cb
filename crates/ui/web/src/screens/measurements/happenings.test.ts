import { afterEach, expect, it, vi } from 'vitest';
import { parse } from '../../lib/router.svelte';
import { parseFilter } from '../../ui/filter';
import { question as alarms } from '../alarms/alarms';
import { question as events } from '../events/events';
import { happenings, listOf, positionOf, sum } from './happenings';

afterEach(() => vi.unstubAllGlobals());

it('what may not be read is not counted as none', async () => {
  vi.stubGlobal('fetch', (url: string) => {
    if (url.startsWith('/alarm')) return Promise.resolve(new Response('{}', { status: 403 }));
    const time = '2026-01-01T00:00:00Z';
    return Promise.resolve(new Response(JSON.stringify({ events: [{ id: '1', time, text: 'x' }], statistics: { totalElements: 7 } })));
  });
  const found = await happenings(['9'], { from: 0, to: 1000 }, new AbortController().signal);
  expect(found).toEqual({
    shown: [{ id: '1', at: Date.parse('2026-01-01T00:00:00Z'), text: 'x', source: '9' }],
    counts: [{ source: '9', alarms: undefined, events: 7 }],
    span: { from: 0, to: 1000 },
  });
  expect([sum(found.counts, 'alarms'), sum([...found.counts, ...found.counts], 'events')]).toEqual([undefined, 14]);
});

it('a number leads to the list of exactly those that were counted: of this device and time, cleared ones too', () => {
  const span = { from: Date.parse('2026-01-01T00:00:00Z'), to: Date.parse('2026-01-01T01:00:00Z') };
  const { path, query } = parse(listOf('alarms', 'a/7', span));
  expect(path).toBe('/devices/a%2F7/alarms');
  expect(alarms(parseFilter(query.get('q') ?? ''), 'a/7')).toEqual({
    query: { status: 'ACTIVE,ACKNOWLEDGED,CLEARED', source: 'a/7', dateFrom: '2026-01-01T00:00:00.000Z', dateTo: '2026-01-01T01:00:00.000Z' },
    unknown: [],
  });
  const q = parse(listOf('events', '7', span)).query.get('q') ?? '';
  expect(events(parseFilter(q), 'hour', span.to, '7').query).toEqual({ source: '7', dateFrom: '2026-01-01T00:00:00.000Z', dateTo: '2026-01-01T01:00:00.000Z' });
});

it('a mark stands under its time, and what is outside has none', () => {
  const area = { left: 50, width: 100 };
  expect(positionOf(15_000, [10, 20], area)).toBe(100);
  expect(positionOf(10_000, [10, 20], area)).toBe(50);
  expect(positionOf(21_000, [10, 20], area)).toBeUndefined();
});
