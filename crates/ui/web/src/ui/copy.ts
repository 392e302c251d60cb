// Puts a text into the clipboard. Without a secure connection browsers have none; then it says so.

import { t } from '../lib/i18n.svelte';
import { toast } from './toasts.svelte';

/** Whether it was copied. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    toast(t('common.copyFailed'));
    return false;
  }
}
