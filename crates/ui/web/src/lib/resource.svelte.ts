// Something that a screen shows and that is asked of the platform: its value, that it is on its way, or why it is not
// there. Old data stays while new data is on its way.

import { untrack } from 'svelte';
import { ApiError } from './api';
import { connection } from './connection.svelte';
import { session } from './session.svelte';

/** What `States` shows. */
export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  /** When the value came, in milliseconds. */
  readonly at: number | undefined;
  reload: () => void;
}

/** Whatever was thrown, as what can be shown. */
export const shownError = (reason: unknown): ApiError =>
  reason instanceof ApiError ? reason : new ApiError(-1, 'console', reason instanceof Error ? reason.message : '');

/** What was refused because the session had ended, or not reached without a connection, is asked for again when that is
    over. */
export function whenBack(loaded: Loaded<unknown>): void {
  $effect(() => {
    void [session.times, connection.returned];
    // Only that it is over is followed, not what is asked again.
    untrack(() => {
      if (loaded.error?.status === 401 || loaded.error?.offline) loaded.reload();
    });
  });
}

export class Resource<T> implements Loaded<T> {
  value = $state.raw<T>();
  error = $state.raw<ApiError>();
  loading = $state(true);
  /** When the value came, in milliseconds. */
  at = $state<number>();
  #again = $state(0);
  #abort: AbortController | undefined;

  constructor(load: (signal: AbortSignal) => Promise<T>) {
    $effect(() => {
      void this.#again;
      const abort = new AbortController();
      this.#abort = abort;
      this.loading = true;
      // What `load` reads before it waits for the first time is followed.
      load(abort.signal).then(
        (value) => {
          if (abort.signal.aborted) return;
          this.value = value;
          this.error = undefined;
          this.loading = false;
          this.at = Date.now();
        },
        (reason: unknown) => {
          if (abort.signal.aborted) return;
          this.loading = false;
          this.error = shownError(reason);
        },
      );
      return () => abort.abort();
    });
    whenBack(this);
  }

  /** Asks again. */
  reload = (): void => {
    this.#again += 1;
  };

  /** Takes a value that came otherwise, from an answer to a change or by realtime. What is on its way was asked before
      that and may be older: it is asked for again. */
  set(value: T): void {
    if (this.loading && this.#abort) {
      this.#abort.abort();
      this.reload();
    }
    this.value = value;
    this.error = undefined;
    this.at = Date.now();
  }
}

/** Asks when the component is made, and again when something changes that `load` has read. In components only. */
export const resource = <T>(load: (signal: AbortSignal) => Promise<T>): Resource<T> => new Resource(load);
