import { describe, expect, it } from 'vitest';
import { href, match, parse } from './router.svelte';

describe('addresses', () => {
  it('are taken apart', () => {
    const place = parse('#/devices/7/info?from=1&q=status%3Aoffline');
    expect(place.path).toBe('/devices/7/info');
    expect(place.query.get('q')).toBe('status:offline');
    expect(parse('').path).toBe('/');
    expect(parse('#devices').path).toBe('/devices');
  });

  it('match patterns with optional ends', () => {
    expect(match('/devices/:id/:tab?', '/devices/7')).toEqual({ id: '7' });
    expect(match('/devices/:id/:tab?', '/devices/7/data')).toEqual({ id: '7', tab: 'data' });
    expect(match('/devices/:id/:tab?', '/devices/7/data/x')).toBeUndefined();
    expect(match('/devices/:id', '/devices')).toBeUndefined();
    expect(match('/', '/')).toEqual({});
    expect(match('/users/:id', '/users/a%2Fb')).toEqual({ id: 'a/b' });
  });

  it('that cannot be decoded match nothing', () => {
    expect(match('/users/:id', '/users/%E0%A4%A')).toBeUndefined();
  });

  it('leave out what is empty', () => {
    expect(href('/x', { a: 'b c', d: '', e: undefined })).toBe('#/x?a=b+c');
  });
});

describe('a link with a secret', () => {
  it('leaves nothing in the address, and hands it over once', async () => {
    const { router } = await import('./router.svelte');
    location.hash = '#/password-reset?token=abc&email=a@b.c';
    dispatchEvent(new HashChangeEvent('hashchange'));
    expect(location.hash).toBe('#/password-reset');
    expect([router.path, router.query.size]).toEqual(['/password-reset', 0]);
    expect(router.takeHanded().get('token')).toBe('abc');
    expect(router.takeHanded().size).toBe(0);
  });
});
