// What fields about access suggest while somebody types: users, groups of users, and the fragments of an object.

import { get, path } from '../api';
import { session } from '../session.svelte';
import type { Suggestion } from '../../ui/Combobox.svelte';
import { type User, fullName, readGroups, readUsers } from './people';
import type { Scope } from './rules';

const SHOWN = 8;

export async function suggestUsers(text: string, signal: AbortSignal): Promise<Suggestion[]> {
  const { users } = await readUsers({ username: text || undefined, pageSize: SHOWN }, signal);
  return users.map((user: User) => ({ value: user.id, label: user.userName, hint: fullName(user) }));
}

export async function suggestUserGroups(text: string, signal: AbortSignal): Promise<Suggestion[]> {
  const wanted = text.toLowerCase();
  return (await readGroups(signal))
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .slice(0, SHOWN)
    .map(({ id, name }) => ({ value: String(id), label: name }));
}

/** Properties of a managed object that are no fragments. */
const STANDARD = new Set(
  ('id self name type owner creationTime lastUpdated childDevices childAssets childAdditions deviceParents assetParents ' +
    'additionParents c8y_ActiveAlarmsStatus c8y_Availability c8y_Connection').split(' '),
);
const OF_DATA = new Set(
  ('id self type time text source creationTime lastUpdated status severity count firstOccurrenceTime history deviceId ' +
    'deviceName bulkOperationId failureReason description').split(' '),
);

/** The names of an object's own fragments. */
const fragmentsOf = (object: Record<string, unknown>, standard: ReadonlySet<string> = STANDARD): string[] =>
  Object.keys(object).filter((name) => !standard.has(name));

async function ofData(address: string, name: string, id: string, signal: AbortSignal): Promise<string[]> {
  const query = { [name === 'operations' ? 'deviceId' : 'source']: id, pageSize: 50 };
  const told = await get<Record<string, unknown>>(address, { query, signal });
  const list = Array.isArray(told[name]) ? (told[name] as Record<string, unknown>[]) : [];
  return list.flatMap((one) => fragmentsOf(one, OF_DATA));
}

/** Which measurements an object has; nothing for those who hold no role to read them everywhere: they may be refused. */
export async function supportedMeasurements(id: string, signal?: AbortSignal): Promise<string[]> {
  if (!session.has('ROLE_MEASUREMENT_READ', 'ROLE_INVENTORY_READ', 'ROLE_MANAGED_OBJECT_READ')) return [];
  const told = await get<{ c8y_SupportedMeasurements?: string[] }>(
    path`/inventory/managedObjects/${id}/supportedMeasurements`,
    signal ? { signal } : {},
  );
  return told.c8y_SupportedMeasurements ?? [];
}

/** The fragments that an object, or its data of one kind, has now. */
export async function fragmentsFor(id: string, scope: Scope, signal: AbortSignal): Promise<string[]> {
  if (id === '*' || !/^\d+$/.test(id)) return [];
  const own = async () => {
    const object = await get<Record<string, unknown>>(path`/inventory/managedObjects/${id}`, { signal });
    const operations = Array.isArray(object.c8y_SupportedOperations) ? (object.c8y_SupportedOperations as string[]) : [];
    return { fragments: fragmentsOf(object), operations };
  };
  const found: Record<Scope, () => Promise<string[]>> = {
    MANAGED_OBJECT: async () => (await own()).fragments,
    MEASUREMENT: () => supportedMeasurements(id, signal),
    EVENT: () => ofData('/event/events', 'events', id, signal),
    ALARM: () => ofData('/alarm/alarms', 'alarms', id, signal),
    OPERATION: async () => (await own()).operations,
    AUDIT: () => Promise.resolve([]),
    BINARY: () => Promise.resolve([]),
    '*': async () => [...(await own()).fragments, ...(await supportedMeasurements(id, signal))],
  };
  return [...new Set(await found[scope]())].sort();
}

/** Who is signed in may ask for others at all. */
export const asksOthers = (): boolean => session.has('ROLE_USER_MANAGEMENT_READ', 'ROLE_USER_MANAGEMENT_ADMIN');
