import { describe, expect, it } from 'vitest';
import { de } from './de';
import { en } from './en';

const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

describe('texts', () => {
  it('name the same values in both languages', () => {
    for (const key of Object.keys(en) as (keyof typeof en)[]) {
      // Who says "one device" needs no number.
      if (key.endsWith('.one')) continue;
      expect(names(de[key]), key).toEqual(names(en[key]));
    }
  });

  it('with a form for one have one for others', () => {
    for (const key of Object.keys(en).filter((one) => one.endsWith('.one'))) {
      expect(en, key).toHaveProperty([key.replace(/one$/, 'other')]);
    }
  });

  it('are not empty and have no spaces around them', () => {
    for (const [key, text] of [...Object.entries(en), ...Object.entries(de)]) {
      expect(text, key).toBe(text.trim());
      expect(text.length, key).toBeGreaterThan(0);
    }
  });

  it('have in German no English word that the glossary translates', () => {
    const forbidden = /\b([Dd]evice|[Tt]enant|[Oo]peration|alarm|[Ee]vent|[Mm]easurement|[Ii]nventory|[Mm]anaged object|[Pp]ermission)s?\b/;
    for (const [key, text] of Object.entries(de)) {
      // Names of commands, addresses and values are no words.
      const words = text.replace(/holdfast( [a-z]+)+|[`„“"][^`„“"]*[`„“"]|\S*[_/:.=-]\S*|\{\w+\}/g, '');
      expect(forbidden.exec(words)?.[0], key).toBeUndefined();
    }
  });
});
