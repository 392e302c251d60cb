import { describe, expect, it } from 'vitest';
import { ApiError } from '../../lib/api';
import { all, csv, each, switched } from './bulk';
import { stillShown } from '../../lib/selection';

describe('something done to many', () => {
  it('goes on when one fails, and counts', async () => {
    const told: number[] = [];
    const outcome = await each(
      [1, 2, 3, 4, 5, 6],
      async (one) => {
        if (one % 2 === 0) throw new ApiError(403, 'x', `not ${one}`);
      },
      (done) => told.push(done),
    );
    expect(outcome).toMatchObject({ done: 3, failed: 3, reason: { message: 'not 2' }, left: [2, 4, 6] });
    expect(outcome.failures.map(({ one, reason }) => [one, (reason as Error).message])).toEqual([
      [2, 'not 2'],
      [4, 'not 4'],
      [6, 'not 6'],
    ]);
    expect(told).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('ends without a connection', async () => {
    let asked = 0;
    const outcome = await each(Array.from({ length: 100 }), async () => {
      asked += 1;
      throw new ApiError(0, 'connection', '');
    });
    expect(asked).toBeLessThan(10);
    expect(outcome.done).toBe(0);
    expect(outcome.left).toHaveLength(100);
  });
});

describe('maintenance', () => {
  it('is the sign of the interval', () => {
    const device = (responseInterval?: number) => ({ id: '1', ...(responseInterval === undefined ? {} : { c8y_RequiredAvailability: { responseInterval } }) });
    expect(switched(device(30), true)).toBe(-30);
    expect(switched(device(-30), false)).toBe(30);
    expect(switched(device(30), false)).toBeUndefined();
    expect(switched(device(-30), true)).toBeUndefined();
    expect(switched(device(), true)).toBeUndefined();
    expect(switched(device(0), true)).toBeUndefined();
  });
});

describe('an exported table', () => {
  it('quotes, and has no formulas', () => {
    const text = csv([{ id: '1', name: '=cmd()', type: 'a,"b"' }]);
    expect(text.split('\r\n')[1]).toMatch(/^1,'=cmd\(\),"a,""b""",/);
  });
});

describe('what is selected', () => {
  it('is only what is still shown', () => {
    const selected = new Set(['1', '2']);
    expect(stillShown(selected, [{ id: '2' }, { id: '3' }])).toEqual(new Set(['2']));
    expect(stillShown(selected, [{ id: '1' }, { id: '2' }])).toBe(selected);
  });

  it('is never everything because the query is not known yet', async () => {
    await expect(all('')).rejects.toThrow();
  });
});
