import { expect, test } from 'vitest';
import type { Query } from '../lib/api';
import { parseFilter } from './filter';
import { isWithin, takeTimes } from './time-filter';

const taken = (text: string) => {
  const query: Query = {};
  const found = [...takeTimes(parseFilter(text), query)].map((one) => one.field);
  return { query, found };
};

test('times of a filter are taken into the question, whatever zone they are written in', () => {
  expect(taken('since:2026-03-01T12:00:00+02:00 until:2026-03-02 type:a')).toEqual({
    query: { dateFrom: '2026-03-01T10:00:00.000Z', dateTo: '2026-03-02T00:00:00.000Z' },
    found: ['since', 'until'],
  });
});

test.each(['since:yesterday', '-since:2026-03-01', 'since<2026-03-01', 'until:2026-03-01|2026-03-02', 'toString:2026-03-01'])(
  'what is no time is not taken: %s',
  (text) => expect(taken(text)).toEqual({ query: {}, found: [] }),
);

test('the second time of one kind is left over', () => {
  expect(taken('since:2026-03-01 since:2026-03-05')).toEqual({ query: { dateFrom: '2026-03-01T00:00:00.000Z' }, found: ['since'] });
});

test('both ends belong to it', () => {
  const asked = { dateFrom: '2026-03-01T10:00:00.000Z', dateTo: '2026-03-01T11:00:00.000Z' };
  expect(['09:59:59', '10:00:00', '11:00:00', '11:00:01'].map((time) => isWithin(asked, `2026-03-01T${time}Z`))).toEqual([false, true, true, false]);
  expect(isWithin({}, '2026-03-01T10:00:00Z')).toBe(true);
});
