import { describe, expect, it } from 'vitest';
import { changes, conflicts, cut, parse, parts } from './data';

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
