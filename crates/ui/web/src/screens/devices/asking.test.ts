import { expect, it } from 'vitest';
import { parseFilter } from '../../ui/filter';
import { groupAlone, kindsOf, reach } from './asking';

const device = (id: string, c8y_SupportedOperations?: string[], status = 'AVAILABLE') => ({
  id,
  ...(c8y_SupportedOperations && { c8y_SupportedOperations }),
  c8y_Availability: { status },
});
const some = [device('1', ['c8y_Restart', 'c8y_Command']), device('2', ['c8y_Restart'], 'UNAVAILABLE'), device('3')];

it('every kind that one of them takes can be asked for, and says how many take it', () => {
  expect([...kindsOf(some)]).toEqual([
    ['c8y_Restart', 2],
    ['c8y_Command', 1],
  ]);
});

it('a kind that devices name goes to those alone that name it', () => {
  const { able, unable, offline } = reach(some, 'c8y_Restart', true);
  expect([able.map((one) => one.id), unable, offline]).toEqual([['1', '2'], 1, 1]);
});

it('a kind that was typed goes to all', () => {
  expect(reach(some, 'acme_Blink', false)).toMatchObject({ able: some, unable: 0 });
});

it('only a filter for one group and nothing else is that group', () => {
  const of = (text: string) => groupAlone(parseFilter(text));
  expect(of('group:"Region Nord"')).toBe('Region Nord');
  for (const text of ['', 'group:a|b', '-group:a', 'group:a status:offline', 'name:a', 'group:a group:b']) {
    expect(of(text), text).toBeUndefined();
  }
});
