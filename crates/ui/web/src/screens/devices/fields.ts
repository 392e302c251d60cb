// The fields of the device list's filter with their completion, and groups by name.

import { get, type Page } from '../../lib/api';
import { t } from '../../lib/i18n.svelte';
import { exactly, literal } from '../../lib/inventory-query';
import { nameOf } from '../../lib/names.svelte';
import { suggestGroups } from '../../lib/suggest';
import type { Field } from '../../ui/filter';
import type { Device } from '../device/device';
import { COMPARED, type Groups, SEVERITIES, STATES } from './filter';

const among = (all: readonly string[]) => (text: string) => all.filter((one) => one.startsWith(text.toLowerCase()));

const found = async (query: string, signal: AbortSignal): Promise<Device[]> => {
  const page = await get<Page<'managedObjects', Device>>('/inventory/managedObjects', {
    query: { query, pageSize: 100, withChildren: false },
    signal,
  });
  return page.managedObjects;
};
const different = (all: (string | undefined)[]) => [...new Set(all.filter((one) => !!one))].slice(0, 12) as string[];

/** Values that devices have there, the ones that begin with the text. */
const valuesOf = (property: string, pick: (one: Device) => string | undefined) => async (text: string, signal: AbortSignal) =>
  different((await found(`$filter=(has(c8y_IsDevice) and ${property} eq ${literal(`${text}*`)})`, signal)).map(pick)).sort();

export async function findGroups(names: readonly string[], signal: AbortSignal): Promise<Groups> {
  const idsOf = async (name: string) =>
    (await found(`$filter=(has(c8y_IsDeviceGroup) and name eq ${exactly(name)})`, signal)).map((one) => one.id);
  return new Map(await Promise.all(names.map(async (name) => [name, await idsOf(name)] as const)));
}

export const deviceFields = (): Field[] => {
  const fields: Field[] = [
    { id: 'status', label: t('devices.field.status'), suggest: among(STATES) },
    { id: 'name', label: t('devices.column.name') },
    { id: 'type', label: t('devices.column.type'), suggest: valuesOf('type', (one) => one.type) },
    { id: 'group', label: t('devices.field.group'), suggest: suggestGroups, called: nameOf },
    { id: 'alarm', label: t('devices.field.alarm'), suggest: among(['any', ...SEVERITIES]) },
    { id: 'model', label: t('devices.column.model'), suggest: valuesOf('c8y_Hardware.model', (one) => one.c8y_Hardware?.model) },
    { id: 'serial', label: t('devices.column.serial') },
    { id: 'fw', label: t('devices.column.fw'), suggest: valuesOf('c8y_Firmware.version', (one) => one.c8y_Firmware?.version) },
    { id: 'seen', label: t('devices.column.seen') },
    { id: 'created', label: t('devices.column.created') },
    { id: 'has', label: t('devices.field.has') },
    { id: 'owner', label: t('devices.field.owner') },
    { id: 'id', label: t('devices.column.id') },
    { id: 'imei', label: t('devices.column.imei') },
  ];
  return fields.map((one) => (COMPARED.includes(one.id) ? { ...one, compares: true } : one));
};
