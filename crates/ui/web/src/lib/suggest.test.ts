import { expect, it } from 'vitest';
import { toldApart } from './suggest';

it('objects are shown by their names, and two of the same name with their ids', () => {
  const items = [{ id: '1', name: 'Pump' }, { id: '2', name: 'Pump' }, { id: '3', name: 'Valve' }, { id: '4' }];
  expect(toldApart(items).map((one) => [one.value, one.label])).toEqual([
    ['1', 'Pump (1)'],
    ['2', 'Pump (2)'],
    ['3', 'Valve'],
    ['4', '4'],
  ]);
});
