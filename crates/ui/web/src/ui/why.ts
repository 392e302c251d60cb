// Why something failed, as one sentence. For words that pass (toasts) and for lines; where there is room, `Problem` adds
// what to do. It knows errors and texts, no components.

import type { ApiError } from '../lib/api';
import { t } from '../lib/i18n.svelte';
import { shownError } from '../lib/resource.svelte';

/** Without the id for the operator, which is shown with a way to copy it. Never empty, whatever has answered. */
export function sentence(error: ApiError): string {
  if (error.kind === 'console/Other Session') return t('state.otherSession');
  if (error.kind === 'console/Not Loaded') return t('state.notLoaded');
  if (error.status === 0) return t('state.offline');
  if (error.faultId) return t('state.fault');
  if (error.status === 412) return t('state.conflict');
  if (error.status === 503) return t('state.unavailable');
  if (error.status < 0) return `${t('state.console')} ${error.message}`.trim();
  return error.message || t('state.noReason', { status: String(error.status) });
}

export function why(reason: unknown): string {
  const error = shownError(reason);
  return [sentence(error), error.faultId].filter(Boolean).join(' ');
}
