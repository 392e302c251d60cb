import { afterEach, expect, it, vi } from 'vitest';
import { around, aroundIn, asQuery, listedIn, remember } from './around';

afterEach(() => vi.unstubAllGlobals());

const signal = new AbortController().signal;
function answering(...pages: string[][]) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url);
    const page = pages[Number(/currentPage=(\d+)/.exec(url)?.[1]) - 1] ?? [];
    const all = pages.flat().length;
    return Promise.resolve(
      new Response(JSON.stringify({ managedObjects: page.map((id) => ({ id })), statistics: { totalElements: all } })),
    );
  });
  return asked;
}

it('the first has none before it and the last none after it', () => {
  expect(aroundIn(['1', '2', '3'], 3, '1')).toEqual({ before: undefined, after: '2', place: 1, total: 3 });
  expect(aroundIn(['1', '2', '3'], 3, '3')).toEqual({ before: '2', after: undefined, place: 3, total: 3 });
  expect(aroundIn(['1', '2'], 3, '2')).toBeUndefined();
  expect(aroundIn(['1'], 1, '9')).toBeUndefined();
});

it('what a list has loaded is not asked for again', async () => {
  const asked = answering();
  remember({ filter: 'type:a', sort: '', ids: ['4', '5', '6'], total: 6 });
  expect(await around({ filter: 'type:a', sort: 'name' }, '5', signal)).toMatchObject({ before: '4', after: '6', place: 2 });
  expect(asked).toEqual([]);
});

it('a device that was come to by a link is looked for in the same filter and order', async () => {
  const page = Array.from({ length: 1000 }, (_, at) => `a${at}`);
  const asked = answering(page, ['x', 'y']);
  expect(await around({ filter: 'type:b', sort: '-type' }, 'x', signal)).toEqual({ before: 'a999', after: 'y', place: 1001, total: 1002 });
  expect(asked).toHaveLength(2);
  expect(decodeURIComponent(asked[0] ?? '')).toContain("type eq 'b') $orderby=type desc");
});

it('the address of a device says from which list it was opened', () => {
  const list = { filter: 'status:offline', sort: '-seen' };
  expect(listedIn(new URLSearchParams(asQuery(list)))).toEqual(list);
  expect(listedIn(new URLSearchParams('q=x'))).toBeUndefined();
});
