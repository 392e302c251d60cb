import { afterEach, expect, test, vi } from 'vitest';
import type { Place } from '../../lib/map/places';
import { placeOf, withChanges } from './positions.svelte';

afterEach(() => void vi.unstubAllGlobals());
const place = (id: string, name = id): Place => ({ id, name, position: [1, 2], severity: 'NONE', at: undefined });

test('what is told changes a place where it stands, removes it, or comes behind the others', () => {
  const changes = new Map([
    ['1', place('1', 'moved')],
    ['2', undefined],
    ['4', place('4')],
    ['5', undefined],
  ]);
  expect(withChanges([place('1'), place('2'), place('3')], changes).map((one) => one.name)).toEqual(['moved', '3', '4']);
});

test('what has no position on earth is no place', () => {
  expect(placeOf({ id: '1', c8y_Position: {} })).toBeUndefined();
});
