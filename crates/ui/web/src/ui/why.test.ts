import { expect, test } from 'vitest';
import { ApiError } from '../lib/api';
import { why } from './why';

test('a lost connection is said in words', () => {
  expect(why(new ApiError(0, 'connection', ''))).toContain('cannot be reached');
});
test('the platform is quoted where it has said why', () => {
  expect(why(new ApiError(422, 'x', 'That name is taken.'))).toBe('That name is taken.');
});
test('nothing is ever silent', () => {
  expect(why(undefined).length).toBeGreaterThan(10);
  expect(why(new ApiError(500, '', '')).length).toBeGreaterThan(10);
});
