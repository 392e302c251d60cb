import { expect, test } from 'vitest';
import { intervalOf, supportedOperations, told } from './device';

test('a fragment that was removed is not shown any more, what is not told stays', () => {
  const before = { id: '1', name: 'Pump', acme_Old: {}, assetParents: { references: [] }, c8y_LatestMeasurements: {} };
  expect(told(before, { id: '1', name: 'Pump 2' })).toEqual({
    id: '1',
    name: 'Pump 2',
    assetParents: { references: [] },
    c8y_LatestMeasurements: {},
  });
});

test('a device that calls its operations anything but a list takes none', () => {
  expect(supportedOperations({ id: '1', c8y_SupportedOperations: 'c8y_Restart' as unknown as string[] })).toEqual([]);
  expect(supportedOperations({ id: '1', c8y_SupportedOperations: ['a', 7, 'a'] as unknown as string[] })).toEqual(['a']);
});

test('another interval does not end the maintenance', () => {
  expect(intervalOf('20', true)).toBe(-20);
  expect(intervalOf('20', false)).toBe(20);
  expect(intervalOf(' ', true)).toBeUndefined();
});
