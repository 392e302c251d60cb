import { expect, it } from 'vitest';
import { csvLine } from './csv';

it('no cell is a formula, and no cell leaves its quotes', () => {
  expect(csvLine(['=1+1', -5, undefined, 'a "b", c', '-x', 'd;e'])).toBe(`'=1+1,-5,,"a ""b"", c",'-x,"d;e"\r\n`);
});
