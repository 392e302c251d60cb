// Bulk operations: what can be done with one, and the order of the list.
import { describe, expect, it } from 'vitest';
import { type Bulk, canBeCancelled, canBeChanged, canBeRepeated, isBulkState, kindsOf, pagesFromBehind } from './bulk';

const bulk = (status: Bulk['status'], failed = 0): Bulk => ({
  id: '1',
  groupId: '7',
  startDate: '2026-03-02T12:00:00.000Z',
  creationRamp: 1,
  operationPrototype: { description: 'Restart', c8y_Restart: {} },
  status,
  generalStatus: 'EXECUTING',
  progress: { pending: 0, executing: 0, successful: 0, failed, all: failed },
});

describe('a bulk operation', () => {
  it('can be cancelled while devices are still to be asked, and changed before it begins', () => {
    const all = (['ACTIVE', 'IN_PROGRESS', 'COMPLETED', 'DELETED'] as const).map((one) => bulk(one));
    expect(all.map(canBeCancelled)).toEqual([true, true, false, false]);
    expect(all.map(canBeChanged)).toEqual([true, false, false, false]);
  });
  it('is repeated on those where it failed, once nobody else is asked', () => {
    expect([bulk('COMPLETED', 1), bulk('COMPLETED'), bulk('IN_PROGRESS', 1), bulk('DELETED', 1)].map(canBeRepeated)).toEqual([true, false, false, true]);
  });
  it('asks for its fragments, not for its description', () => {
    expect(kindsOf(bulk('ACTIVE'))).toEqual(['c8y_Restart']);
  });
  it('has one of the states that the platform knows', () => {
    expect([isBulkState('FAILED'), isBulkState('failed'), isBulkState(null)]).toEqual([true, false, false]);
  });
});

describe('the list of bulk operations', () => {
  it('begins with the last pages, and goes on to the first', () => {
    expect([1, 2, 3].map((page) => pagesFromBehind(101, page, 50))).toEqual([[3, 2], [1], []]);
    expect(pagesFromBehind(0, 1, 50)).toEqual([1]);
    expect(pagesFromBehind(50, 1, 50)).toEqual([1]);
  });
});
