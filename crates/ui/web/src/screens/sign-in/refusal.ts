// Why somebody was not let in, in words. What all of these forms say alike is said here.

import { untrack } from 'svelte';
import type { ApiError } from '../../lib/api';
import { t } from '../../lib/i18n.svelte';

/** Nothing if nothing was refused. `otherwise` says what only the form knows: as the fields were then, not as they are by now. */
export function refusal(error: ApiError | undefined, otherwise: (error: ApiError) => string): string {
  if (!error) return '';
  if (error.offline) return t('signIn.unreachable');
  if (error.status === 429) return t('signIn.lockedOut', { seconds: error.retryAfterSeconds ?? 1 });
  // The console itself has failed: nobody was refused anything.
  if (error.status < 0) return error.message || t('signIn.unreachable');
  return untrack(() => otherwise(error));
}
