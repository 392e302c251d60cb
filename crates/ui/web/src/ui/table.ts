// The arithmetic of a table that makes only the rows that can be seen, and what a column is.

import type { Snippet } from 'svelte';

export interface Column<Row> {
  id: string;
  title: string;
  /** What a cell shows; without it, `text` is shown. */
  cell?: Snippet<[Row]>;
  text?: (row: Row) => string;
  /** CSS width (`160px`, `20%`); without it, it shares what is left. */
  width?: string;
  /** 1: always there. 2: on phones only in the second part of a card. 3: on wide screens only (from 1180 px). */
  priority?: 1 | 2 | 3;
  /** It can be sorted by. */
  sorts?: boolean;
  /** Numbers stand at the right. */
  end?: boolean;
  /** Where it stands when rows are cards, if not where `placed` puts it. */
  card?: Place;
}

/** The parts of a card: its title, what stands beside it, the line below; or none. */
export type Place = 'title' | 'side' | 'line' | 'none';

/** Where columns stand on a phone, where a row is a card of two parts. The first one that shares the width is the title. */
export function placed<Row>(columns: readonly Column<Row>[]): Map<string, Place> {
  const kept = columns.filter((one) => (one.priority ?? 1) === 1 && (one.card ?? 'title') === 'title');
  const title = columns.find((one) => one.card === 'title') ?? kept.find((one) => !one.width) ?? kept[0] ?? columns[0];
  const place = (one: Column<Row>): Place => {
    if (one === title) return 'title';
    if (one.card && one.card !== 'title') return one.card;
    return { 1: 'side' as const, 2: 'line' as const, 3: 'none' as const }[one.priority ?? 1];
  };
  return new Map(columns.map((one) => [one.id, place(one)]));
}

/** What a cell says of a value that is not there; in a card such a value is left out. A cell made by a snippet says so with
    the class `absent`. */
export const isAbsent = (text: string | undefined): boolean => !text || text === '–';

export interface Sort {
  column: string;
  down: boolean;
}

export interface Window {
  first: number;
  /** Not included. */
  last: number;
}

/** Which rows are made: those in view and a few around. */
export function visible(scrolled: number, height: number, row: number, count: number, around = 6): Window {
  const first = Math.max(0, Math.floor(scrolled / row) - around);
  const last = Math.min(count, Math.ceil((scrolled + height) / row) + around);
  return { first: Math.min(first, last), last };
}

/** The sort after a click on a column: up, down, none. */
export function sorted(now: Sort | undefined, column: string): Sort | undefined {
  if (now?.column !== column) return { column, down: false };
  return now.down ? undefined : { column, down: true };
}

/** `name` or `-name` in an address. */
export const sortText = (sort: Sort | undefined): string => (sort ? (sort.down ? '-' : '') + sort.column : '');
export function sortOf(text: string | null): Sort | undefined {
  if (!text) return undefined;
  return text.startsWith('-') ? { column: text.slice(1), down: true } : { column: text, down: false };
}
