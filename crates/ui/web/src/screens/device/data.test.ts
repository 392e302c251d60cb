import { describe, expect, it } from 'vitest';
import { changes, conflicts, cut, parse, parts, linePaths } from './data';

describe('an object as JSON', () => {
  it('shows what may be changed only', () => {
    const { editable, fixed } = parts({ id: '1', name: 'a', c8y_Availability: {}, c8y_Notes: 'x' });
    expect(editable).toEqual({ name: 'a', c8y_Notes: 'x' });
    expect(fixed).toEqual(['id', 'c8y_Availability']);
  });

  it('says in which line a text goes wrong', () => {
    expect(parse('{\n  "a": 1,\n  "b": oops\n}')).toMatchObject({ line: 3 });
    expect(parse('{"a":1}')).toEqual({ value: { a: 1 } });
    for (const text of ['[]', '1', 'null', '"x"']) expect(parse(text)).toBe('not-an-object');
  });

  it('comes to a request that sets and removes', () => {
    const made = changes({ name: 'a', x: { y: 1 }, z: 1 }, { name: 'b', x: { y: 1 }, w: [], id: '7' });
    expect(made).toEqual({ body: { name: 'b', w: [], z: null }, set: ['name', 'w'], removed: ['z'] });
  });

  it('is cut at every match, whatever its case', () => {
    expect(cut('"Truck": "truck"', 'truck')).toEqual(['"', 'Truck', '": "', 'truck', '"']);
    expect(cut('x', '')).toEqual(['x']);
    expect(cut('abc', 'z')).toEqual(['abc']);
  });
});

it('only what somebody else has changed meanwhile is a conflict', () => {
  const before = { a: 1, b: { x: 1, y: 2 }, c: 3 };
  const now = { a: 1, b: { y: 2, x: 1 }, c: 4 };
  expect(conflicts(before, now, { a: 2, b: { x: 9 } })).toEqual([]);
  expect(conflicts(before, now, { c: 5 })).toEqual([{ name: 'c', theirs: 4, mine: 5 }]);
  expect(conflicts(before, now, { c: 4 })).toEqual([]);
  expect(conflicts(before, { b: before.b, c: 3 }, { a: 2 })).toEqual([{ name: 'a', theirs: null, mine: 2 }]);
  expect(conflicts({}, { note: 'theirs' }, { note: null })).toEqual([{ name: 'note', theirs: 'theirs', mine: null }]);
});

it('every line of the data has its path', () => {
  const value = { id: '7', c8y_Hardware: { model: 'x', 'odd name': 1 }, list: [{ a: 1 }, 2], none: {}, empty: [] };
  const lines = JSON.stringify(value, null, 2).split('\n');
  const paths = linePaths(value);
  expect(paths).toHaveLength(lines.length);
  expect(Object.fromEntries(lines.map((line, at) => [line.trim(), paths[at]]))).toMatchObject({
    '"id": "7",': 'id',
    '"model": "x",': 'c8y_Hardware.model',
    '"odd name": 1': 'c8y_Hardware["odd name"]',
    '"a": 1': 'list[0].a',
    '2': 'list[1]',
    '"none": {},': 'none',
    '"empty": []': 'empty',
  });
});
