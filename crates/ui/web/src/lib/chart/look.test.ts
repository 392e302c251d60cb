// How lines are wished to look, in an address.
import { describe, expect, it } from 'vitest';
import { type Look, readLooks, writeLooks } from './look';

describe('the look of a line', () => {
  it('is the same after it was in the address', () => {
    const looks = new Map<string, Look>([
      ['4711 a:b,c.d', { label: 'Oil; hot = "x", y', unit: '°C', colour: 3, side: 'right', least: -2.5, greatest: 40, style: 'step', hidden: true }],
      ['7 T.T', { style: 'points' }],
    ]);
    expect(readLooks(writeLooks(looks))).toEqual(looks);
  });

  it('is not in the address if nothing was chosen', () => {
    expect(writeLooks(new Map([['1 a.b', {}]]))).toBe('');
    expect(readLooks(null).size).toBe(0);
  });

  it('is only what can be drawn, whatever an address says', () => {
    expect(readLooks('a:colour=8;side=top;style=heart;least=x;greatest=Infinity').size).toBe(0);
    expect(readLooks('a:least=5;greatest=5;colour=1.5;style=bars').get('a')).toEqual({ style: 'bars' });
    expect(readLooks('%:style=bars,b:label=%,:style=bars').size).toBe(0);
    expect(readLooks(`a:label=${'x'.repeat(500)}`).get('a')?.label).toHaveLength(100);
  });
});
