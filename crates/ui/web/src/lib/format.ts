// Numbers, sizes and times as people read them, in the language of `i18n`. Tables have ISO dates, so that they sort and
// compare; running text has relative ones.

import { i18n } from './i18n.svelte';

const cache = new Map<string, unknown>();
function made<T>(kind: string, make: (locale: string) => T): T {
  const name = `${i18n.locale} ${kind}`;
  if (!cache.has(name)) cache.set(name, make(i18n.locale));
  return cache.get(name) as T;
}

/** U+202F, between a number and its unit. */
const THIN = '\u202f';

export function number(value: number, digits?: number): string {
  return made(
    `n${digits}`,
    (locale) => new Intl.NumberFormat(locale, digits === undefined ? {} : { maximumFractionDigits: digits }),
  ).format(value);
}

/** `4.2 °C`. */
export const withUnit = (value: number, unit: string | undefined, digits = 3): string =>
  number(value, digits) + (unit ? THIN + unit : '');

export function percent(share: number, digits = 0): string {
  return made(
    `p${digits}`,
    (locale) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: digits }),
  ).format(share);
}

/** `1.4 MB`. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let at = 0;
  let value = count;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return withUnit(value, units[at], value < 10 && at > 0 ? 1 : 0);
}

const two = (part: number) => String(part).padStart(2, '0');

/** `2026-11-22`, in the browser's zone. */
export function date(time: Date | string | number): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? '–' : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** `14:02` or `14:02:07`. */
export function clock(time: Date | string | number, seconds = false): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return '–';
  return `${two(at.getHours())}:${two(at.getMinutes())}${seconds ? `:${two(at.getSeconds())}` : ''}`;
}

/** `2026-11-22 14:02`. */
export const dateTime = (time: Date | string | number, seconds = false): string =>
  Number.isNaN(new Date(time).getTime()) ? '–' : `${date(time)} ${clock(time, seconds)}`;

/** `2026-11-22T14:02`, in the browser's zone, as an input of date and time takes it; empty if it is no time. */
export function localTime(time: Date | string | number, seconds = false): string {
  return Number.isNaN(new Date(time).getTime()) ? '' : `${date(time)}T${clock(time, seconds)}`;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86400],
  ['month', 30 * 86400],
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

const AHEAD_SECONDS = 20;

/** `4 minutes ago`, as of `now` (milliseconds). */
export function relative(time: Date | string | number, now: number): string {
  const exact = (new Date(time).getTime() - now) / 1000;
  if (Number.isNaN(exact)) return '–';
  // `now` is up to ten seconds old, and clocks differ a little: what just happened is not in the future.
  const seconds = exact > 0 && exact < AHEAD_SECONDS ? 0 : exact;
  const format = made('r', (locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return format.format(Math.trunc(seconds / size), unit);
}

/** A length of time: `2 h 5 min`. */
export function duration(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), 'd'],
    [Math.floor((seconds % 86400) / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'min'],
    [Math.floor(seconds % 60), 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return `0${THIN}s`;
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${number(count)}${THIN}${unit}`)
    .join(' ');
}

/** The name of the browser's time zone, shown once per page. */
export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Texts in the reader's order; numbers in them count as numbers. */
export const compare = (one: string, other: string): number =>
  made('c', (locale) => new Intl.Collator(locale, { numeric: true, sensitivity: 'base' })).compare(one, other);
