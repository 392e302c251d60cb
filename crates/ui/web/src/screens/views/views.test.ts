import { expect, it } from 'vitest';
import { isSame, viewOf } from './views';

it('of what somebody else has saved only texts are taken over', () => {
  const object = { id: '7', name: 'Mine', owner: 'anna', c8y_Global: {}, holdfast_DeviceView: { filter: 'a', sort: { evil: 1 }, columns: 3 } };
  expect(viewOf('holdfast_DeviceView', object)).toEqual({ id: '7', name: 'Mine', owner: 'anna', isShared: true, parts: { filter: 'a' } });
  expect(viewOf('holdfast_MeasurementView', object)).toBeUndefined();
});

it('what a view does not say is nothing', () => {
  expect(isSame({ filter: 'a', sort: '' }, { filter: 'a' })).toBe(true);
  expect(isSame({ filter: 'a' }, { filter: 'a', columns: 'x' })).toBe(false);
});
