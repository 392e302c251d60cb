import { describe, expect, test } from 'vitest';
import { type Rule, changed, coveredBy, joined, line, onObject, parse, parseAll, without } from './rules';

const read = (text: string): Rule => {
  const rule = parse(text);
  if (typeof rule === 'string') throw new Error(`${text}: ${rule}`);
  return rule;
};

describe('a rule in one line', () => {
  test.each([
    ['10200, MEASUREMENT, c8y_Temperature, READ', '10200, MEASUREMENT, c8y_Temperature, READ'],
    ['  10200,OPERATIONS,c8y_Restart,CHANGE ', '10200, OPERATION, c8y_Restart, ADMIN'],
    ['*, *, *, ALL', '*, *, *, *'],
    ['10200, EVENT, door, left: open ,READ', '10200, EVENT, door, left: open, READ'],
  ])('%s is read as %s', (given, expected) => expect(line(read(given))).toBe(expected));

  test.each([
    ['10200, MEASUREMENT, READ', 'parts'],
    ['10200, MEASUREMENT, c8y_T, READ, now', 'permission'],
    ['pump, MEASUREMENT, c8y_T, READ', 'object'],
    ['010, MEASUREMENT, c8y_T, READ', 'object'],
    ['10200, measurement, c8y_T, READ', 'scope'],
    ['10200, MEASUREMENT, , READ', 'fragment'],
    ['10200, MEASUREMENT, c8y\u0007T, READ', 'fragment'],
    [`10200, MEASUREMENT, ${'ö'.repeat(128)}, READ`, 'fragment'],
    ['10200, MEASUREMENT, c8y_T, WRITE', 'permission'],
  ])('%s is refused because of its %s', (given, part) => expect(parse(given)).toBe(part));
});

test('pasted lines count once, and each one that is wrong is named by its number', () => {
  const pasted = parseAll('# Region Nord\n1, ALARM, *, READ\r\n\n1, ALARM, *, READ\n1, ALARM\n');
  expect(pasted.rules.map(line)).toEqual(['1, ALARM, *, READ']);
  expect(pasted.faults).toEqual([{ line: 5, text: '1, ALARM', fault: 'parts' }]);
});

test('a rule on an object is read without it', () => {
  const rule = read('10200, MEASUREMENT, c8y_Temperature, READ');
  expect(onObject('10200', 'MEASUREMENT:c8y_Temperature:READ')).toEqual(rule);
  expect(onObject('10200', 'MEASUREMENT:READ')).toBeUndefined();
  expect(onObject('10200', 'EVENT:door: left, open:READ')).toEqual(read('10200, EVENT, door: left, open, READ'));
});

test('rules are added once and taken away', () => {
  const [one, two] = [read('1, ALARM, *, READ'), read('2, ALARM, *, READ')];
  expect(joined([one], [one, two])).toEqual([one, two]);
  expect(without([one, two], [one])).toEqual([two]);
});

test('a change keeps what the console does not understand, word by word', () => {
  const texts = ['1, ALARM, *, READ', '1, HOLOGRAM, x, READ', '2,OPERATIONS,*,CHANGE'];
  const [one, two, three] = [read('1, ALARM, *, READ'), read('2, OPERATION, *, ADMIN'), read('3, EVENT, a b, READ')];
  expect(changed(texts, [two, three, three], [one])).toEqual(['1, HOLOGRAM, x, READ', '2,OPERATIONS,*,CHANGE', '3, EVENT, a b, READ']);
  expect(changed(texts, [], [two])).toEqual(['1, ALARM, *, READ', '1, HOLOGRAM, x, READ']);
});

test('a rule is covered by a broader one, not by itself and not by READ if it is ADMIN', () => {
  const narrow = read('1, ALARM, c8y_X, READ');
  expect(coveredBy(narrow, [narrow])).toBeUndefined();
  expect(coveredBy(narrow, [narrow, read('1, *, *, READ')])).toEqual(read('1, *, *, READ'));
  expect(coveredBy(narrow, [read('*, ALARM, *, *')])).toBeDefined();
  expect(coveredBy(read('1, ALARM, *, ADMIN'), [read('1, ALARM, *, READ')])).toBeUndefined();
  expect(coveredBy(narrow, [read('2, ALARM, *, *')])).toBeUndefined();
});
