// A long list of the platform, page by page: what was loaded so far, how many there are exactly, and the next page when
// somebody comes near its end. What came to the front meanwhile moves the rest along: what a later page repeats is left out.

import type { ApiError, Statistics } from './api';
import { type Loaded, shownError, whenBack } from './resource.svelte';

export interface OnePage<T> {
  items: T[];
  statistics: Statistics;
}

export class Pages<T> implements Loaded<T[]> {
  value = $state.raw<T[]>();
  error = $state.raw<ApiError>();
  loading = $state(true);
  at = $state<number>();
  /** How many there are; counted with the first page. */
  total = $state<number>();
  #page = 1;
  #again = $state(0);
  #abort: AbortController | undefined;
  readonly #load: (page: number, signal: AbortSignal) => Promise<OnePage<T>>;
  readonly #key: (item: T) => unknown;

  constructor(load: (page: number, signal: AbortSignal) => Promise<OnePage<T>>, key: (item: T) => unknown) {
    this.#load = load;
    this.#key = key;
    // Before the page is drawn with what changed: the platform answers meanwhile.
    $effect.pre(() => {
      void this.#again;
      void this.#fetch(1);
      return () => this.#abort?.abort();
    });
    whenBack(this);
  }

  async #fetch(page: number): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.loading = true;
    // What is read before it waits for the first time is followed.
    const asked = this.#load(page, abort.signal);
    try {
      const { items, statistics } = await asked;
      if (abort.signal.aborted) return;
      this.value = this.#once(page === 1 ? items : [...(this.value ?? []), ...items]);
      this.total = statistics.totalElements ?? this.total;
      // Others were removed meanwhile: then there is nothing more.
      if (items.length === 0) this.total = this.value.length;
      this.#page = page;
      this.error = undefined;
      this.at = Date.now();
    } catch (reason) {
      if (abort.signal.aborted) return;
      this.error = shownError(reason);
    }
    this.loading = false;
  }

  #once(items: T[]): T[] {
    const seen = new Set<unknown>();
    return items.filter((one) => !seen.has(this.#key(one)) && seen.add(this.#key(one)));
  }

  more = (): void => {
    if (!this.loading && !this.error && (this.value?.length ?? 0) < (this.total ?? 0)) void this.#fetch(this.#page + 1);
  };

  reload = (): void => {
    this.#again += 1;
  };

  /** Shows another list, for what is told by realtime. Its order stays. */
  set(value: T[]): void {
    this.value = this.#once(value);
  }
}

const itsId = (item: unknown): unknown => (item as { id?: unknown } | null)?.id ?? item;

/** Loads the first page when the component is made, and again when something changes that `load` has read. `key` tells
    items apart; otherwise their `id` does. */
export const pages = <T>(
  load: (page: number, signal: AbortSignal) => Promise<OnePage<T>>,
  key: (item: T) => unknown = itsId,
): Pages<T> => new Pages(load, key);
