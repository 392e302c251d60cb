// Devices, groups and other objects by a part of their name or by their id, for fields that suggest them. What is chosen is
// the id, what is shown is the name; those of the same name are told apart by their ids.

import type { Suggestion } from '../ui/Combobox.svelte';
import { get, type Page } from './api';
import { exactly, has } from './inventory-query';
import { learnName } from './names.svelte';

const SHOWN = 20;
const DEVICES = 'has(c8y_IsDevice)';
const GROUPS = 'has(c8y_IsDeviceGroup)';

interface Item {
  id: string;
  name?: string;
}

async function find(kind: string, text: string, signal: AbortSignal): Promise<Suggestion[]> {
  const named = `(${has('name', text)} or id eq ${exactly(text)})`;
  const query = `$filter=(${[kind, text && named].filter(Boolean).join(' and ')}) $orderby=name asc`;
  const { managedObjects } = await get<Page<'managedObjects', Item>>('/inventory/managedObjects', {
    query: { query, pageSize: SHOWN, withChildren: false },
    signal,
  });
  for (const { id, name } of managedObjects) learnName(id, name);
  return toldApart(managedObjects);
}

/** Each by its name, and with its id where another one has the same name. */
export function toldApart(items: readonly Item[]): Suggestion[] {
  const isAlone = (name: string) => items.filter((one) => one.name === name).length === 1;
  return items.map(({ id, name }) => {
    if (!name) return { value: id, label: id };
    return { value: id, label: isAlone(name) ? name : `${name} (${id})`, hint: id };
  });
}

export const suggestDevices = (text: string, signal: AbortSignal) => find(DEVICES, text, signal);
export const suggestGroups = (text: string, signal: AbortSignal) => find(GROUPS, text, signal);
/** Any object that has the text in its name; devices and groups before anything is typed. */
export const suggestObjects = (text: string, signal: AbortSignal) => find(text ? '' : `(${DEVICES} or ${GROUPS})`, text, signal);
