import { afterEach, expect, it, vi } from 'vitest';
import { changeRules } from './people';
import { parse, type Rule } from './rules';
import { putUnchanged } from './unchanged';

interface Asked {
  method: string;
  path: string;
  body: unknown;
  tag: string | null;
}
/** A platform that answers each call by a function, and what it was asked. */
function platform(answer: (asked: Asked, number: number) => [number, unknown, string?]): Asked[] {
  const all: Asked[] = [];
  vi.stubGlobal(
    'fetch',
    vi.fn(async (path: string, init: RequestInit) => {
      const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
      const asked = { method: init.method ?? '', path, body, tag: new Headers(init.headers).get('if-match') };
      all.push(asked);
      const [status, told, etag] = answer(asked, all.length);
      return new Response(JSON.stringify(told), { status, headers: etag ? { etag } : {} });
    }),
  );
  return all;
}
afterEach(() => vi.unstubAllGlobals());
const changes = (all: Asked[]) => all.filter(({ method }) => method === 'PUT');
const rule = (text: string) => parse(text) as Rule;

it('what still is as it was shown is changed, with its tag', async () => {
  const all = platform(({ method }) => [200, method === 'GET' ? { name: 'a', phone: '1' } : {}, '"7"']);
  await putUnchanged('/x', { name: 'b' }, { name: 'a', phone: 'whatever' });
  expect(changes(all)).toEqual([{ method: 'PUT', path: '/x', body: { name: 'b' }, tag: '"7"' }]);
});

it('what somebody else has changed meanwhile is not written over', async () => {
  const all = platform(() => [200, { name: 'theirs' }, '"8"']);
  await expect(putUnchanged('/x', { name: 'b' }, { name: 'a' })).rejects.toMatchObject({ status: 412 });
  expect(changes(all)).toEqual([]);
});

it('rules that the console does not understand are written back as they were read', async () => {
  const rules = ['1, HOLOGRAM, x, READ', '2, EVENT, door, left: open, READ', '3, ALARM, *, READ'].map((text) => ({ text }));
  const all = platform(({ method }) => [200, method === 'GET' ? { rules } : {}, '"1"']);
  await changeRules({ user: 'u' }, [rule('4, ALARM, *, READ')], [rule('3, ALARM, *, READ')]);
  expect(changes(all)[0]?.body).toEqual({
    rules: ['1, HOLOGRAM, x, READ', '2, EVENT, door, left: open, READ', '4, ALARM, *, READ'].map((text) => ({ text })),
  });
});

it('rules that somebody else changes at the same moment are read again', async () => {
  let texts = ['1, ALARM, *, READ'];
  const all = platform(({ method }) => {
    if (method === 'GET') return [200, { rules: texts.map((text) => ({ text })) }, `"${texts.length}"`];
    if (texts.length > 1) return [200, {}];
    texts = [...texts, '2, ALARM, *, READ'];
    return [412, { error: 'x', message: '' }];
  });
  const { rules } = await changeRules({ user: 'u' }, [rule('3, ALARM, *, READ')], []);
  expect(changes(all).map(({ tag }) => tag)).toEqual(['"1"', '"2"']);
  expect(rules.map(({ object }) => object)).toEqual(['1', '2', '3']);
});

it('what others do to the rest meanwhile does not stop a change', async () => {
  const all = platform(({ method }, number) => {
    if (method === 'GET') return [200, { name: 'a', position: number }, `"${number}"`];
    return number === 2 ? [412, { error: 'x', message: '' }] : [200, {}];
  });
  await putUnchanged('/x', { name: 'b' }, { name: 'a', position: 0 });
  expect(changes(all).map(({ tag }) => tag)).toEqual(['"1"', '"3"']);
});

it('what others do to the same meanwhile stops it, also between reading and writing', async () => {
  const all = platform(({ method }, number) => {
    if (method === 'GET') return [200, { name: number === 1 ? 'a' : 'theirs' }, `"${number}"`];
    return [412, { error: 'x', message: '' }];
  });
  await expect(putUnchanged('/x', { name: 'b' }, { name: 'a' })).rejects.toMatchObject({ status: 412 });
  expect(changes(all)).toHaveLength(1);
});
