import { expect, it } from 'vitest';
import { changed, conditions, fieldOf, hows } from './column-filter';

it('the conditions of a column are those of the text, and only its own', () => {
  expect(conditions('type:*pump*|*valve* name:x -type:old fw<2.3', 'type')).toEqual([
    { how: 'contains', values: ['pump', 'valve'] },
    { how: 'is-not', values: ['old'] },
  ]);
  expect(conditions('fw<2.3', 'fw')).toEqual([{ how: '<', values: ['2.3'] }]);
  expect(fieldOf('alarms')).toBe('alarm');
});

it('a change of a column leaves the rest of the text where it is', () => {
  expect(changed('name:x type:a fw<2.3', 'type', [{ how: 'is', values: ['b', 'c'] }])).toBe('name:x type:b|c fw<2.3');
  expect(changed('name:x', 'status', [{ how: 'is-not', values: ['offline'] }])).toBe('name:x -status:offline');
  expect(changed('type:a name:x', 'type', [])).toBe('name:x');
});

it('what is empty is no condition, and words with spaces come back as they were', () => {
  expect(changed('', 'type', [{ how: 'contains', values: [' ', ''] }])).toBe('');
  const text = changed('', 'group', [{ how: 'is', values: ['Region Nord'] }]);
  expect(conditions(text, 'group')).toEqual([{ how: 'is', values: ['Region Nord'] }]);
});

it('only what can be asked of a field is offered', () => {
  expect(hows('status', true)).toEqual(['is', 'is-not']);
  expect(hows('seen', false)).toEqual(['>=', '<']);
  expect(hows('fw', false)).toContain('<=');
  expect(hows('name', false)).not.toContain('<');
});
