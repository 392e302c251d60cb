import { describe, expect, it } from 'vitest';
import { sorted, sortOf, sortText, visible } from './table';

describe('a table', () => {
  it('makes only the rows in view and a few around', () => {
    expect(visible(0, 400, 40, 5000)).toEqual({ first: 0, last: 16 });
    expect(visible(4000, 400, 40, 5000)).toEqual({ first: 94, last: 116 });
    expect(visible(199_600, 400, 40, 5000)).toEqual({ first: 4984, last: 5000 });
  });

  it('that has become shorter shows its end', () => {
    const { first, last } = visible(4000, 400, 40, 3);
    expect(first).toBeLessThanOrEqual(last);
    expect(last).toBe(3);
  });

  it('is sorted up, down, and not', () => {
    const up = sorted(undefined, 'name');
    const down = sorted(up, 'name');
    expect([sortText(up), sortText(down), sortText(sorted(down, 'name'))]).toEqual(['name', '-name', '']);
    expect(sorted(up, 'type')).toEqual({ column: 'type', down: false });
    expect(sortOf('-name')).toEqual(down);
    expect(sortOf('')).toBeUndefined();
  });
});
