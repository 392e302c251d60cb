import { afterEach, describe, expect, it, vi } from 'vitest';
import { changes, conflicts, cut, linePaths, parse, parts, putSeen, withShown, type Json } from './data';

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

describe('a change of an object that others change too', () => {
  afterEach(() => vi.unstubAllGlobals());

  /** A platform that holds one object; `meanwhile` is done by others between each reading and the writing after it. */
  function platform(object: Json, meanwhile: ((object: Json) => void)[] = []) {
    let version = 1;
    const told = (status: number, body: unknown) => new Response(JSON.stringify(body), { status, headers: { etag: `"${version}"` } });
    const answer = async (_: string, init: RequestInit) => {
      if (init.method === 'GET') {
        const read = told(200, object);
        const theirs = meanwhile.shift();
        theirs?.(object);
        if (theirs) version += 1;
        return read;
      }
      if (new Headers(init.headers).get('if-match') !== `"${version}"`) return told(412, { error: 'x', message: '' });
      Object.assign(object, JSON.parse(init.body as string));
      version += 1;
      return told(200, object);
    };
    vi.stubGlobal('fetch', vi.fn(answer));
    return object;
  }

  it('is made if nobody has changed the same', async () => {
    const object = platform({ note: 'old', position: 2 });
    expect(await putSeen('/x', { note: 'old', position: 1 }, { note: 'mine' })).toEqual([]);
    expect(object).toEqual({ note: 'mine', position: 2 });
  });

  it('is made on top of what others change at the same moment', async () => {
    const object = platform({ note: 'old', position: 1 }, [(now) => (now.position = 2), (now) => (now.position = 3)]);
    expect(await putSeen('/x', { note: 'old' }, { note: 'mine' })).toEqual([]);
    expect(object).toEqual({ note: 'mine', position: 3 });
  });

  it('does not overwrite what others write at the same moment, but says what it is', async () => {
    const object = platform({ note: 'old' }, [(now) => (now.note = 'theirs')]);
    expect(await putSeen('/x', { note: 'old' }, { note: 'mine' })).toEqual([{ name: 'note', theirs: 'theirs', mine: 'mine' }]);
    expect(object).toEqual({ note: 'theirs' });
  });

  it('overwrites what was shown, and nothing newer', async () => {
    const object = platform({ note: 'theirs', other: 1 });
    const before = { note: 'old', other: 1 };
    const shown = withShown(before, await putSeen('/x', before, { note: 'mine' }));
    object.note = 'newer';
    expect(await putSeen('/x', shown, { note: 'mine' })).toEqual([{ name: 'note', theirs: 'newer', mine: 'mine' }]);
    expect(await putSeen('/x', withShown(shown, [{ name: 'note', theirs: 'newer', mine: 'mine' }]), { note: 'mine' })).toEqual([]);
    expect(object).toEqual({ note: 'mine', other: 1 });
  });

  it('gives up if others are always faster', async () => {
    platform({ note: 'old', n: 0 }, Array.from({ length: 9 }, () => (now: Json) => (now.n = Number(now.n) + 1)));
    await expect(putSeen('/x', { note: 'old' }, { note: 'mine' })).rejects.toMatchObject({ status: 412 });
  });
});
