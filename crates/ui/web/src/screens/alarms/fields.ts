// By what alarms can be filtered, with completion.

import { get, type Page } from '../../lib/api';
import { t } from '../../lib/i18n.svelte';
import { nameOf } from '../../lib/names.svelte';
import { SEVERITIES } from '../../lib/severity';
import { suggestDevices } from '../../lib/suggest';
import type { Field } from '../../ui/filter';
import { timeFields } from '../../ui/time-filter';
import { type Alarm, STATUSES } from './alarms';

const beginning = (all: readonly string[], text: string) =>
  all.map((one) => one.toLowerCase()).filter((one) => one.startsWith(text.toLowerCase()));

async function types(text: string, signal: AbortSignal): Promise<string[]> {
  const { alarms } = await get<Page<'alarms', Alarm>>('/alarm/alarms', { signal, query: { pageSize: 200 } });
  return [...new Set(alarms.map((one) => one.type))].filter((one) => one.toLowerCase().includes(text.toLowerCase())).slice(0, 20);
}

export const alarmFields = (source?: string): Field[] => [
  { id: 'severity', label: t('alarms.severity'), suggest: (text) => beginning(SEVERITIES, text) },
  { id: 'status', label: t('alarms.status'), suggest: (text) => beginning(STATUSES, text) },
  { id: 'type', label: t('alarms.type'), suggest: types },
  ...(source ? [] : [{ id: 'device', label: t('alarms.device'), suggest: suggestDevices, called: nameOf }]),
  ...timeFields(),
];
