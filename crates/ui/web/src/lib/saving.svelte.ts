// Something that somebody has asked for, while it is done: that it is on its way, and why it was not done.

import type { ApiError } from './api';
import { shownError } from './resource.svelte';

export class Saving {
  busy = $state(false);
  /** Why the last one was not done. */
  error = $state.raw<ApiError>();

  /** Does it, and says whether it was done. */
  run = async (act: () => unknown): Promise<boolean> => {
    this.busy = true;
    this.error = undefined;
    try {
      await act();
      return true;
    } catch (reason) {
      this.error = shownError(reason);
      return false;
    } finally {
      this.busy = false;
    }
  };
}
