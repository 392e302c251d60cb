import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, get, path, post, repeated, search, watchers } from './api';
import { echo } from './echo';
import { exactly, has, literal } from './inventory-query';

const answers = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  vi.stubGlobal('fetch', vi.fn(async () => new Response(JSON.stringify(body), { status, headers })));
afterEach(() => vi.unstubAllGlobals());

describe('a call', () => {
  it('encodes every part of a path', () => {
    expect(path`/identity/externalIds/${'a/b'}/${'../x?y'}`).toBe('/identity/externalIds/a%2Fb/..%2Fx%3Fy');
  });

  it('leaves out what is empty and repeats lists', () => {
    expect(search({ a: undefined, b: '', c: 0, d: ['x', 'y'], e: 'ü &' })).toBe('?c=0&d=x&d=y&e=%C3%BC%20%26');
    expect(search({})).toBe('');
  });

  it('finds what it must repeat', () => {
    expect(repeated('a=1; XSRF-TOKEN=abc; b=2')).toBe('abc');
    expect(repeated('NOT-XSRF-TOKEN=abc')).toBeUndefined();
  });

  it('says why it failed, and after how long it may be tried again', async () => {
    answers(429, { error: 'general/Too Many Requests', message: 'Too many.' }, { 'retry-after': '7' });
    await expect(get('/x')).rejects.toMatchObject({ status: 429, retryAfterSeconds: 7, message: 'Too many.' });
  });

  it('takes the id of a fault out of its message', async () => {
    answers(500, { error: 'general/Internal Server Error', message: 'Something failed. Tell the operator this id: 4f2a' });
    await expect(get('/x')).rejects.toMatchObject({ faultId: '4f2a' });
  });

  it('tells that nobody is signed in any more, but not while somebody signs in', async () => {
    const told = vi.spyOn(watchers, 'signedOut').mockImplementation(() => {});
    answers(401, { error: 'security/Unauthorized', message: '' });
    await expect(post('/tenant/oauth')).rejects.toBeInstanceOf(ApiError);
    expect(told).not.toHaveBeenCalled();
    await expect(get('/x')).rejects.toBeInstanceOf(ApiError);
    expect(told).toHaveBeenCalledOnce();
    told.mockRestore();
  });

  it('that reaches nobody is offline', async () => {
    vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('failed'))));
    await expect(get('/x')).rejects.toMatchObject({ status: 0, offline: true });
  });

  it('whose answer breaks off or is no JSON is an error like any other', async () => {
    vi.stubGlobal('fetch', vi.fn(async () => new Response('<html>')));
    await expect(get('/x')).rejects.toMatchObject({ name: 'ApiError', status: -1 });
    vi.stubGlobal('fetch', vi.fn(async () => Object.assign(new Response('{}'), { text: () => Promise.reject(new TypeError('cut')) })));
    await expect(get('/x')).rejects.toMatchObject({ name: 'ApiError', status: 0 });
  });

  it('is shown so that no value leaves its quotes', () => {
    const call = { method: 'POST' as const, path: '/x', query: { q: "it's" }, body: { a: "'; rm -rf /" } };
    expect(echo(call, 'curl', 'https://h')).toContain(String.raw`-d '{"a":"'\''; rm -rf /"}'`);
    expect(echo(call, 'js', 'https://h')).toContain('JSON.stringify({"a":"\'; rm -rf /"})');
  });
});

describe('values of inventory queries', () => {
  it('stay inside of their quotes', () => {
    expect(literal("a' or has(b)")).toBe(String.raw`'a'' or has\(b\)'`);
    expect(literal('a*')).toBe("'a*'");
    expect(exactly('a*')).toBe(String.raw`'a\*'`);
    expect(literal('a\\')).toBe(String.raw`'a\\'`);
  });

  it('are looked for in the usual spellings', () => {
    expect(has('name', 'cold truck')).toBe(
      "(name eq '*cold truck*' or name eq '*Cold truck*' or name eq '*Cold Truck*' or name eq '*COLD TRUCK*')",
    );
  });
});
