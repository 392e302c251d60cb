import { expect, test } from 'vitest';
import { difference, matrix, words } from './matrix';

test('roles stand in a row for each kind, and those without a column at the end', () => {
  const rows = matrix([
    'ROLE_USER_MANAGEMENT_PASSWORD_RESET',
    'ROLE_ALARM_READ',
    'ROLE_ALARM_ADMIN',
    'ROLE_INVENTORY_CREATE',
    'ROLE_ALARM_READ',
  ]);
  expect(rows).toEqual([
    { kind: 'ALARM', cells: { READ: 'ROLE_ALARM_READ', ADMIN: 'ROLE_ALARM_ADMIN' } },
    { kind: 'INVENTORY', cells: { CREATE: 'ROLE_INVENTORY_CREATE' } },
    { kind: 'ROLE_USER_MANAGEMENT_PASSWORD_RESET', cells: {}, single: 'ROLE_USER_MANAGEMENT_PASSWORD_RESET' },
  ]);
});

test('a change is what is given and what is taken away', () => {
  expect(difference(['a', 'b'], ['c', 'b'])).toEqual({ adds: ['c'], removes: ['a'] });
});

test('a kind without a text is shown in words', () => {
  expect(words('ROLE_MAP_TILES_PRINT')).toBe('Map tiles print');
});
