import { expect, it } from 'vitest';
import type { AuditRecord } from '../../lib/audit/source';
import { facetsOf } from './facets';

const at = (seconds: number, type: string, user: string, outcome: string): AuditRecord => ({
  id: String(seconds),
  type,
  text: '',
  user,
  creationTime: new Date(seconds * 1000).toISOString(),
  holdfast_Audit: { outcome, address: '192.0.2.1' },
});
const records = [at(100, 'User', 'smith', 'denied'), at(60, 'User', 'smith', 'success'), at(0, 'Option', 'jones', 'success')];

it('the most frequent comes first, and each record is in one bar', () => {
  const facets = facetsOf(records, 10);
  expect(facets.types).toEqual([
    { value: 'User', count: 2 },
    { value: 'Option', count: 1 },
  ]);
  expect(facets.users[0]).toEqual({ value: 'smith', count: 2 });
  expect(facets.addresses).toEqual([{ value: '192.0.2.1', count: 3 }]);
  expect(facets.bars).toHaveLength(10);
  expect(facets.bars.reduce((sum, bar) => sum + bar.count, 0)).toBe(3);
  expect(facets.bars.at(-1)).toMatchObject({ count: 1, bad: 1 });
});

it('the time of a bar chooses its records and no others', () => {
  const bars = facetsOf(records, 10).bars;
  for (const [place, bar] of bars.entries()) expect(bar.from).toBe(place === 0 ? 0 : (bars[place - 1]?.to ?? 0) + 1);
});

it('a single record is one bar, and none is none; a time that is none is in no bar', () => {
  expect(facetsOf(records.slice(0, 1), 10).bars).toHaveLength(1);
  expect(facetsOf([], 10).bars).toEqual([]);
  expect(facetsOf([{ id: '1', text: '' }], 10).bars).toEqual([]);
});
