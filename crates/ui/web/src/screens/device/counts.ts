// Exact numbers about a device, counted by the platform. What somebody may not count is not told.

import { total } from '../../lib/total';

export const openAlarms = (source: string) => total('/alarm/alarms', { source, status: 'ACTIVE' });

export async function openOperations(deviceId: string): Promise<number | undefined> {
  const of = (status: string) => total('/devicecontrol/operations', { deviceId, status });
  const [pending, executing] = await Promise.all([of('PENDING'), of('EXECUTING')]);
  return pending === undefined || executing === undefined ? undefined : pending + executing;
}

/** How many objects are below a device, at any depth: all of them go with it. */
export const below = (id: string) =>
  total('/inventory/managedObjects', {
    query: `$filter=(isinhierarchyof(${id}) and not id eq '${id}')`,
    withChildren: 'false',
  });
