import { expect, it } from 'vitest';
import { courseOf, spread } from './course';

const size = { width: 12, height: 12 };

it('the line goes from the first value to the last, the greatest at the top', () => {
  expect(courseOf([0, 10, 5], size)).toBe('M1 11L6 1L11 6');
  expect(courseOf([3, 3], size)).toBe('M1 6L11 6');
});

it('a gap is no line, and one value is none', () => {
  expect(courseOf([1, null, 2], size)).toBe('M1 11M11 1');
  expect(courseOf([1], size)).toBe('');
  expect(courseOf([], size)).toBe('');
});

it('values stand at their time', () => {
  expect(spread([100, 130], [1, 2], 100, 10, 4)).toEqual([1, null, null, 2]);
  expect(spread([90, 140], [1, 2], 100, 10, 4)).toEqual([null, null, null, null]);
});
