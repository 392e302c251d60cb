import { describe, expect, it } from 'vitest';
import { below, devicesIn, mayHold } from './groups';

describe('a group', () => {
  const parents = new Map([['hall', 'plant'], ['line', 'hall'], ['plant', undefined]]);
  it('is not moved into itself or below itself', () => {
    expect(mayHold('plant', 'plant', parents)).toBe(false);
    expect(mayHold('line', 'plant', parents)).toBe(false);
  });
  it('is moved everywhere else', () => {
    expect(mayHold('plant', 'line', parents)).toBe(true);
    expect(mayHold('elsewhere', 'plant', parents)).toBe(true);
  });
  it('is asked for by digits only, whatever stands in the address', async () => {
    await expect(below('1) or has(x')).rejects.toMatchObject({ status: 404 });
    await expect(devicesIn('x', 1, new AbortController().signal)).rejects.toMatchObject({ status: 404 });
  });
  it('is looked at once when the tree has a ring', () => {
    expect(mayHold('a', 'x', new Map([['a', 'b'], ['b', 'a']]))).toBe(true);
  });
});
