import { describe, expect, it } from 'vitest';
import { fits, inUnits, isSecret, isSecurity, isWeak, PAGES, SETTINGS, setOf, type Setting } from './options';

const all = PAGES.flatMap((page) => SETTINGS[page] ?? []);
const named = (id: string) => all.find((one) => one.id === id) as Setting;

describe('options of a tenant', () => {
  it('without being set they have a value that the platform would take', () => {
    for (const setting of all.filter((one) => one.usual)) expect(fits(setting, setting.usual), setting.id).toBe(true);
  });

  it('each is on one page only, and where it lies is told apart from every other', () => {
    expect(new Set(all.map((one) => one.id)).size).toBe(all.length);
    expect(new Set(all.map((one) => `${one.category}/${one.key}`)).size).toBe(all.length);
  });

  it('a session is never made longer than the platform makes it', () => {
    expect(fits(named('cookieToken'), '43200')).toBe(true);
    for (const value of ['43201', '59', '-1', '1.5', '1h', '']) expect(fits(named('cookieToken'), value), value).toBe(false);
  });

  it('a value with a meaning of its own is taken though it is outside of the limits', () => {
    expect(fits(named('cookie'), '-1')).toBe(true);
    expect(fits(named('pending'), '0')).toBe(true);
    expect(fits(named('pending'), '59')).toBe(false);
  });

  it('what lets more in is known, also within a list', () => {
    expect(isWeak(named('policy'), 'IGNORED')).toBe(true);
    expect(isWeak(named('policy'), 'REQUIRED')).toBe(false);
    expect(isWeak(named('origins'), 'https://a.example, *')).toBe(true);
    expect(isWeak(named('origins'), 'https://*.example.org')).toBe(false);
  });

  it('what is about signing in is told apart: other roles may set it', () => {
    const mine = all.filter(isSecurity).map((one) => one.id);
    expect(mine).toEqual(['factor', 'strength', 'green', 'validity']);
  });

  it('an option is found by category and key', () => {
    const options = [
      { category: 'password', key: 'enforced', value: 'no' },
      { category: 'two-factor-authentication', key: 'enforced', value: 'true' },
    ];
    expect(setOf(options, named('factor'))).toBe('true');
    expect(setOf(options, named('green'))).toBeUndefined();
  });

  it('seconds are shown in the largest unit that leaves no rest', () => {
    expect(inUnits(5_400)).toEqual({ amount: 90, unit: 'minute' });
    expect(inUnits(2_592_000)).toEqual({ amount: 30, unit: 'day' });
    expect(inUnits(0)).toEqual({ amount: 0, unit: 'second' });
    expect(inUnits(61)).toEqual({ amount: 61, unit: 'second' });
  });

  it('only keys that begin with credentials. are secret', () => {
    expect([isSecret('credentials.mail'), isSecret('credentials'), isSecret('my.credentials.mail')]).toEqual([true, false, false]);
  });
});
