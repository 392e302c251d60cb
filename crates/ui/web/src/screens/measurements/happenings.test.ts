import { afterEach, expect, it, vi } from 'vitest';
import { happenings, positionOf } from './happenings';

afterEach(() => vi.unstubAllGlobals());

it('what may not be read is not counted as none', async () => {
  vi.stubGlobal('fetch', (url: string) => {
    if (url.startsWith('/alarm')) return Promise.resolve(new Response('{}', { status: 403 }));
    const time = '2026-01-01T00:00:00Z';
    return Promise.resolve(new Response(JSON.stringify({ events: [{ id: '1', time, text: 'x' }], statistics: { totalElements: 7 } })));
  });
  const found = await happenings(['9'], { from: 0, to: 1000 }, new AbortController().signal);
  expect(found).toEqual({ shown: [{ id: '1', at: Date.parse('2026-01-01T00:00:00Z'), text: 'x', source: '9' }], alarms: undefined, events: 7 });
});

it('a mark stands under its time, and what is outside has none', () => {
  const area = { left: 50, width: 100 };
  expect(positionOf(15_000, [10, 20], area)).toBe(100);
  expect(positionOf(10_000, [10, 20], area)).toBe(50);
  expect(positionOf(21_000, [10, 20], area)).toBeUndefined();
});
