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
  /** 1: always there. 2: not on phones. 3: not on tablets either (1180 px). */
  priority?: 1 | 2 | 3;
  /** It can be sorted by. */
  sorts?: boolean;
  /** Numbers stand at the right. */
  end?: boolean;
}

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
