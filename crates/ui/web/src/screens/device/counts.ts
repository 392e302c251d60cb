// Exact numbers about a device, counted by the platform. What somebody may not count is not told.

import { total } from '../../lib/total';

export const openAlarms = (source: string) => total('/alarm/alarms', { source, status: 'ACTIVE' });

export async function openOperations(deviceId: string): Promise<number | undefined> {
  const of = (status: string) => total('/devicecontrol/operations', { deviceId, status });
  const [pending, executing] = await Promise.all([of('PENDING'), of('EXECUTING')]);
  return pending === undefined || executing === undefined ? undefined : pending + executing;
}

/** How many objects are below devices, at any depth, without these: all of them go with them. */
export async function below(...ids: readonly string[]): Promise<number | undefined> {
  const all = await total('/inventory/managedObjects', { query: `$filter=(isinhierarchyof(${ids.join(',')}))`, withChildren: 'false' });
  return all === undefined ? undefined : Math.max(0, all - ids.length);
}
