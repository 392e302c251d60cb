// Why something failed, as one sentence: for words that pass (toasts) and for lines. Where there is room, `Problem` says
// more. It knows errors and texts, no components.

import { t } from '../lib/i18n.svelte';
import { shownError } from '../lib/resource.svelte';

/** Never empty: without a connection the platform has said nothing. */
export function why(reason: unknown): string {
  const error = shownError(reason);
  if (error.status === 0) return t('state.offline');
  if (error.faultId) return `${t('state.fault')} ${error.faultId}`;
  if (error.status === 412) return t('state.conflict');
  if (error.status === 503) return t('state.unavailable');
  return error.status < 0 || !error.message ? `${t('state.console')} ${error.message}`.trim() : error.message;
}
