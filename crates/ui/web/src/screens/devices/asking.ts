// Asking many devices to do something: which kinds they take, whom it reaches, and whether they are exactly the devices of a
// group, so that the platform can ask one after the other by itself. It knows no components.

import { post } from '../../lib/api';
import { total } from '../../lib/total';
import type { Token } from '../../ui/filter';
import { supportedOperations, type Device } from '../device/device';

/** The kinds that any of them takes, each with how many do. */
export function kindsOf(devices: readonly Device[]): Map<string, number> {
  const kinds = new Map<string, number>();
  for (const device of devices) for (const kind of supportedOperations(device)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  return kinds;
}

export interface Reach {
  /** They get it. */
  able: Device[];
  /** They say that they do not take it, and get none. */
  unable: number;
  /** Of those who get it: they are asked when they come back. */
  offline: number;
}

/** Whom a kind reaches: those who say that they take it. What none of them speaks of is tried with all. */
export function reach(devices: readonly Device[], kind: string, isNamed: boolean): Reach {
  const able = isNamed ? devices.filter((one) => supportedOperations(one).includes(kind)) : [...devices];
  const offline = able.filter((one) => one.c8y_Availability?.status === 'UNAVAILABLE').length;
  return { able, unable: devices.length - able.length, offline };
}

/** The group that a filter asks for, if it asks for nothing else. */
export function groupAlone(tokens: readonly Token[]): string | undefined {
  const [token, ...others] = tokens;
  const isGroup = token?.field === 'group' && token.by === ':' && !token.not && token.values.length === 1;
  return isGroup && others.length === 0 ? token.values[0] : undefined;
}

/** How many devices a bulk operation of this group would ask: groups in it count, too. */
export const devicesOfGroup = (id: string) =>
  total('/inventory/managedObjects', { query: `$filter=(has(c8y_IsDevice) and isinhierarchyof(${id}))` });

/** The platform begins a little later: its clock need not be this browser's. */
const BEGINS_AFTER_MS = 15_000;

/** Plans it for all devices of a group: goes on without this browser. */
export const plan = (groupId: string, operationPrototype: Record<string, unknown>, creationRamp: number) =>
  post<{ id: string }>('/devicecontrol/bulkoperations', {
    groupId,
    startDate: new Date(Date.now() + BEGINS_AFTER_MS).toISOString(),
    creationRamp,
    operationPrototype,
  });
