// What is done to many devices: in a few calls at a time, told while it goes on; what failed is counted and does not stop
// the rest. It knows no components.

import { ApiError, del, get, path, post, put, type Page } from '../../lib/api';
import { spreadsheet } from '../../lib/csv';
import { t } from '../../lib/i18n.svelte';
import { exactly } from '../../lib/inventory-query';
import type { Device } from '../device/device';

/** Calls that are made at the same time. */
const AT_ONCE = 4;

export interface Outcome {
  done: number;
  failed: number;
  /** Why the first failed. */
  reason?: unknown;
}

/** Does something with each, a few at a time. `left`: those it was not done to, because it failed or was not tried;
    `failures`: the ones that failed, and why. */
export async function each<T>(
  all: readonly T[],
  act: (one: T) => Promise<unknown>,
  told: (done: number) => void = () => {},
): Promise<Outcome & { left: T[]; failures: { one: T; reason: unknown }[] }> {
  const outcome: Outcome = { done: 0, failed: 0 };
  const failures: { one: T; reason: unknown }[] = [];
  const done = new Set<number>();
  let next = 0;
  async function worker() {
    for (let at = next++; at < all.length; at = next++) {
      try {
        await act(all[at] as T);
        outcome.done += 1;
        done.add(at);
      } catch (reason) {
        // Without a connection the rest would fail, too.
        if (reason instanceof ApiError && reason.offline) next = all.length;
        outcome.failed += 1;
        outcome.reason ??= reason;
        failures.push({ one: all[at] as T, reason });
      }
      told(outcome.done + outcome.failed);
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, all.length) }, worker));
  return { ...outcome, failures, left: all.filter((_, at) => !done.has(at)) };
}

/** Deletes a device with all below it; one that is gone already is deleted. */
export async function remove(device: Device): Promise<void> {
  try {
    await del(path`/inventory/managedObjects/${device.id}`, { query: { cascade: true } });
  } catch (reason) {
    if (!(reason instanceof ApiError) || reason.status !== 404) throw reason;
  }
}

/** All devices of a query, page by page, each once. Without a query nothing is asked: it would be everything. */
export async function all(query: string, signal?: AbortSignal): Promise<Device[]> {
  if (!query) throw new Error('No query.');
  const found = new Map<string, Device>();
  const size = 1000;
  for (let page = 1; ; page += 1) {
    const { managedObjects } = await get<Page<'managedObjects', Device>>('/inventory/managedObjects', {
      query: { query, pageSize: size, currentPage: page, withGroups: true, withChildren: false },
      ...(signal ? { signal } : {}),
    });
    for (const one of managedObjects) found.set(one.id, one);
    if (managedObjects.length < size) return [...found.values()];
  }
}

/** The interval of a device after its maintenance was switched; nothing if there is nothing to switch. The sign says
    whether it is monitored, the number is kept. */
export function switched(device: Device, maintenance: boolean): number | undefined {
  const minutes = device.c8y_RequiredAvailability?.responseInterval;
  if (minutes === undefined || minutes === 0 || minutes < 0 === maintenance) return undefined;
  return -minutes;
}

export const setInterval = (device: Device, minutes: number) =>
  put(path`/inventory/managedObjects/${device.id}`, { c8y_RequiredAvailability: { responseInterval: minutes } });

/** The group of this name, made if there is none. Of several with one name nobody knows which is meant. */
export async function groupNamed(name: string): Promise<string> {
  const query = `$filter=(has(c8y_IsDeviceGroup) and name eq ${exactly(name)})`;
  const { managedObjects } = await get<Page<'managedObjects', { id: string }>>('/inventory/managedObjects', {
    query: { query, pageSize: 2 },
  });
  if (managedObjects.length > 1) throw new ApiError(409, 'console', t('devices.bulk.groupSeveral', { name }));
  const known = managedObjects[0];
  if (known) return known.id;
  const made = await post<{ id: string }>('/inventory/managedObjects', {
    name,
    type: 'c8y_DeviceGroup',
    c8y_IsDeviceGroup: {},
  });
  return made.id;
}

export const addToGroup = (group: string, device: Device) =>
  post(path`/inventory/managedObjects/${group}/childAssets`, { managedObject: { id: device.id } });

/** Devices as a spreadsheet, a row each. */
export function csv(devices: readonly Device[]): string {
  const head = ['id', 'name', 'type', 'status', 'last message', 'model', 'serial number', 'firmware', 'IMEI', 'groups', 'registered'];
  const rows = devices.map((one) => [
    one.id,
    one.name,
    one.type,
    one.c8y_Availability?.status,
    one.c8y_Availability?.lastMessage,
    one.c8y_Hardware?.model,
    one.c8y_Hardware?.serialNumber,
    one.c8y_Firmware?.version,
    one.c8y_Mobile?.imei,
    groupsOf(one).join(' | '),
    one.creationTime,
  ]);
  return spreadsheet([head, ...rows]);
}

/** The names of the groups that a device is in, as far as the caller may see them. */
export const groupsOf = (device: Device): string[] =>
  (device.assetParents?.references ?? []).map((one) => one.managedObject.name ?? one.managedObject.id);
