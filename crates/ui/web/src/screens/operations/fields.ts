// By what operations can be filtered, with completion.

import { t } from '../../lib/i18n.svelte';
import { nameOf } from '../../lib/names.svelte';
import { suggestDevices } from '../../lib/suggest';
import { en } from '../../text/en';
import type { Field } from '../../ui/filter';
import { STATUSES } from './operations';

/** The kinds that the console has words for. */
const KNOWN_KINDS = Object.keys(en)
  .filter((key) => key.startsWith('operation.'))
  .map((key) => key.slice('operation.'.length));

const within = (all: readonly string[], text: string) => all.filter((one) => one.toLowerCase().includes(text.toLowerCase()));

export const operationFields = (device?: string): Field[] => [
  { id: 'status', label: t('operations.status'), suggest: (text) => within(STATUSES.map((one) => one.toLowerCase()), text) },
  { id: 'kind', label: t('operations.kind'), suggest: (text) => within(KNOWN_KINDS, text) },
  ...(device ? [] : [{ id: 'device', label: t('operations.device'), suggest: suggestDevices, called: nameOf }]),
  { id: 'bulk', label: t('operations.bulk') },
  { id: 'since', label: t('operations.since') },
];
