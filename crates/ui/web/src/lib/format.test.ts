import { describe, expect, it } from 'vitest';
import { bytes, compare, dateTime, duration, number, relative } from './format';
import { speak } from './i18n.svelte';

describe('numbers and times', () => {
  it('are written in the language of the reader', async () => {
    expect(number(5000)).toBe('5,000');
    expect(bytes(1_400_000)).toBe('1.4\u202fMB');
    await speak('de');
    expect(number(5000)).toBe('5.000');
    expect(relative(0, 4 * 60_000)).toBe('vor 4 Minuten');
    await speak('en');
    expect(relative(0, 4 * 60_000)).toBe('4 minutes ago');
  });

  it('that just happened are not in the future', () => {
    expect(relative(5000, 0)).toBe('now');
    expect(relative(3_600_000, 0)).toBe('in 1 hour');
  });

  it('are dashes when they are none', () => {
    expect(dateTime('nonsense')).toBe('–');
    expect(relative('nonsense', 0)).toBe('–');
  });

  it('name the two largest parts of a length of time', () => {
    expect(duration(7500)).toBe('2\u202fh 5\u202fmin');
    expect(duration(3601)).toBe('1\u202fh');
    expect(duration(0)).toBe('0\u202fs');
  });

  it('in texts are compared as numbers', () => {
    expect(['Truck 10', 'truck 9', 'Ärger'].sort(compare)).toEqual(['Ärger', 'truck 9', 'Truck 10']);
  });
});
