// A long list of what happens (alarms, events, operations), as a screen shows it: asked page by page with the filter of the
// address, and kept up by realtime. It stands still: what is told of a row changes it in its place, what is new is counted.
// It knows no screens.

import { untrack } from 'svelte';
import { type Call, get, type Page, type Query } from './api';
import { type Pages, pages } from './pages.svelte';
import { realtime } from './realtime';
import { router } from './router.svelte';
import { stillShown } from './selection';

interface Item {
  id: string;
}

export interface Wish<T extends Item> {
  /** Where it is asked. */
  path: string;
  /** What the items are called in the answer. */
  name: string;
  pageSize: number;
  /** What is asked for; followed. */
  query: () => Query;
  /** Where it is told what happens; followed. */
  channel: () => string;
  /** Whether one that is told is one of those that are asked for: only these are counted as new. */
  isAsked: (query: Query, one: T) => boolean;
  /** Each that was read. */
  read: (one: T) => void;
  /** By which time the list goes, the latest first: then further pages end where the first one began, and what happens
      meanwhile does not push rows from page to page. */
  time?: (one: T) => string;
  /** Each that is told. */
  told?: (one: T) => void;
  /** Everything is asked for again. */
  again?: () => void;
}

export class Listed<T extends Item> {
  /** How many are new since it was asked. */
  news = $state(0);
  selected = $state.raw(new Set<string>());
  readonly filter = $derived(router.query.get('q') ?? '');
  #dateTo: string | undefined;
  readonly pages: Pages<T>;
  readonly #wish: Wish<T>;

  constructor(wish: Wish<T>) {
    this.#wish = wish;
    this.pages = pages<T>((page, signal) => this.#load(page, signal));
    const asked = $derived(JSON.stringify(wish.query()));
    $effect(() => {
      // Another question: another list.
      void asked;
      untrack(this.selectNone);
      this.news = 0;
    });
    $effect(() => {
      const rows = this.pages.value ?? [];
      this.selected = untrack(() => stillShown(this.selected, rows));
    });
    $effect(() =>
      realtime.keepUp(wish.channel(), ({ action, data }) => {
        const one = data as T;
        if (action === 'DELETE' || typeof one?.id !== 'string') return;
        wish.told?.(one);
        if (!this.take(one) && action === 'CREATE' && wish.isAsked(wish.query(), one)) this.news += 1;
      }, this.reload),
    );
  }

  /** How it is asked by somebody else. */
  get call(): Call {
    const { path, query, pageSize } = this.#wish;
    return { method: 'GET', path, query: { ...query(), pageSize, withTotalElements: true } };
  }

  async #load(page: number, signal: AbortSignal) {
    const { path, name, query, pageSize, read, time } = this.#wish;
    const dateTo = page === 1 ? undefined : this.#dateTo;
    const answer = await get<Page<string, T>>(path, {
      signal,
      query: { ...query(), pageSize, currentPage: page, withTotalElements: page === 1, ...(dateTo !== undefined && { dateTo }) },
    });
    const items = answer[name] as T[];
    if (page === 1 && !signal.aborted) this.#dateTo = time && endOf(items[0] && time(items[0]));
    items.forEach(read);
    return { items, statistics: answer.statistics };
  }

  /** Shows another state of one that is in the list, in its place; says whether it is. */
  take = (one: T): boolean => {
    const rows = this.pages.value ?? [];
    const at = rows.findIndex((known) => known.id === one.id);
    if (at >= 0) this.pages.set(rows.with(at, one));
    return at >= 0;
  };

  selectNone = (): void => {
    // What is empty already is not told to every row.
    if (this.selected.size > 0) this.selected = new Set();
  };

  reload = (): void => {
    this.news = 0;
    this.#wish.again?.();
    this.pages.reload();
  };
}

/** Up to which time a list goes whose first row has this one: the platform may know it finer than it shows it. */
export const endOf = (first: string | undefined): string | undefined =>
  first === undefined ? undefined : new Date(Date.parse(first) + 1).toISOString();
