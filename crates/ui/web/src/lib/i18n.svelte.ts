// The texts of the console in the language of whoever reads them. German is typed against English: a missing text does
// not compile. Before somebody has signed in, only the first ones are there. It knows no area's texts.

import type { en } from '../text/en';
import { first } from '../text/en-first';
import { keep, keptAs } from './appearance.svelte';

export type Key = keyof typeof en;
export type Texts = Record<Key, string>;
/** Keys that have a form for one and one for other numbers: `common.showNew.one`, `common.showNew.other`. */
export type CountedKey = { [K in Key]: K extends `${infer Base}.one` ? Base : never }[Key];

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];
/** Where a language's numbers and dates come from. */
const LOCALES: Record<Language, string> = { en: 'en-GB', de: 'de-DE' };

interface Load {
  first: () => Promise<Partial<Texts>>;
  all: () => Promise<Texts>;
}
const load: Record<Language, Load> = {
  en: { first: async () => first, all: async () => (await import('../text/en')).en },
  de: { first: async () => (await import('../text/de-first')).first, all: async () => (await import('../text/de')).de },
};

let language = $state<Language>('en');
let texts = $state.raw<Partial<Texts>>(first);
const numbers = $derived(new Intl.NumberFormat(LOCALES[language]));
const plurals = $derived(new Intl.PluralRules(LOCALES[language]));

export type Values = Record<string, string | number>;

function filled(text = '', values?: Values): string {
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? numbers.format(value) : value;
  });
}

/** A text; `{name}` in it is replaced by the value of that name, numbers in the reader's way. */
export function t(key: Key, values?: Values): string {
  return filled(texts[key], values);
}

/** A text about a number of things; `{count}` is the number. */
export function tn(key: CountedKey, count: number, values?: Values): string {
  const form = plurals.select(count) === 'one' ? 'one' : 'other';
  return filled(texts[`${key}.${form}` as Key], { ...values, count });
}

/** Whether there is such a text: for words of the platform that may be new. */
export function has(key: string): key is Key {
  return key in texts;
}

export const i18n = {
  get language(): Language {
    return language;
  },
  get locale(): string {
    return LOCALES[language];
  },
};

let part: keyof Load = 'first';
let last: Promise<void> = Promise.resolve();
/** One after the other: what was asked for last holds, however long it takes. */
const inTurn = (change: () => Promise<void>): Promise<void> => (last = last.then(change, change));

/** Another language. Fails if its texts cannot be loaded; then the one before stays. */
export const speak = (wanted: Language): Promise<void> =>
  inTurn(async () => {
    texts = await load[wanted][part]();
    language = wanted;
    keep('language', wanted);
    document.documentElement.lang = wanted;
  });

/** The texts of all screens, for somebody who has signed in. */
export const learn = (): Promise<void> =>
  inTurn(async () => {
    texts = await load[language].all();
    part = 'all';
  });

/** The language that was chosen, or that of the browser. */
export function preferred(): Language {
  const own = LANGUAGES.find((one) => navigator.languages.some((tag) => tag.startsWith(one)));
  const first = navigator.languages.find((tag) => LANGUAGES.some((one) => tag.startsWith(one)));
  const ofBrowser = LANGUAGES.find((one) => first?.startsWith(one)) ?? own ?? 'en';
  return keptAs('language', LANGUAGES, ofBrowser);
}
