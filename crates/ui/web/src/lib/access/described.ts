// What groups and roles are for, in the reader's language. The texts of those that every tenant begins with are stored in
// English; one that somebody has written or changed is shown as it is.

import { ours } from '../../text/en/ours';
import { t } from '../i18n.svelte';

const keys = new Map(Object.entries(ours).map(([key, text]) => [text, key as keyof typeof ours]));

export function described({ description = '' }: { description?: string | undefined }): string {
  const key = keys.get(description);
  return key ? t(key) : description;
}
