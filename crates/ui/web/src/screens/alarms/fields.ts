// By what alarms can be filtered, with completion.

import { get, type Page } from '../../lib/api';
import { t } from '../../lib/i18n.svelte';
import { literal } from '../../lib/inventory-query';
import { learnName } from '../../lib/names.svelte';
import type { Field } from '../../ui/filter';
import { type Alarm, SEVERITIES, STATUSES } from './alarms';

const beginning = (all: readonly string[], text: string) =>
  all.map((one) => one.toLowerCase()).filter((one) => one.startsWith(text.toLowerCase()));

async function types(text: string, signal: AbortSignal): Promise<string[]> {
  const { alarms } = await get<Page<'alarms', Alarm>>('/alarm/alarms', { signal, query: { pageSize: 200 } });
  return [...new Set(alarms.map((one) => one.type))].filter((one) => one.toLowerCase().includes(text.toLowerCase())).slice(0, 20);
}

export async function deviceIds(text: string, signal: AbortSignal): Promise<string[]> {
  const query = `$filter=(has(c8y_IsDevice) and (name eq ${literal(`*${text}*`)} or id eq ${literal(text)})) $orderby=name`;
  const found = await get<Page<'managedObjects', { id: string; name?: string }>>('/inventory/managedObjects', {
    signal,
    query: { query, pageSize: 20 },
  });
  for (const one of found.managedObjects) learnName(one.id, one.name);
  return found.managedObjects.map((one) => one.id);
}

export const alarmFields = (source?: string): Field[] => [
  { id: 'severity', label: t('alarms.severity'), suggest: (text) => beginning(SEVERITIES, text) },
  { id: 'status', label: t('alarms.status'), suggest: (text) => beginning(STATUSES, text) },
  { id: 'type', label: t('alarms.type'), suggest: types },
  ...(source ? [] : [{ id: 'device', label: t('alarms.device'), suggest: deviceIds }]),
];
