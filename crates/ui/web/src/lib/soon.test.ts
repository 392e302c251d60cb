import { expect, it, vi } from 'vitest';
import { soon } from './soon';

it('many calls at once are one act, and none comes after the end', () => {
  vi.useFakeTimers();
  const act = vi.fn();
  const counted = soon(act);
  for (let number = 0; number < 100; number += 1) counted();
  expect(act).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1500);
  expect(act).toHaveBeenCalledOnce();
  counted();
  vi.advanceTimersByTime(1500);
  expect(act).toHaveBeenCalledTimes(2);
  counted();
  counted.end();
  vi.advanceTimersByTime(5000);
  expect(act).toHaveBeenCalledTimes(2);
  vi.useRealTimers();
});
