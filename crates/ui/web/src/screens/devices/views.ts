// Saved views of the device list: managed objects of a type of their own, so that they are read and shared like anything
// else. A shared one is open to everybody of the tenant (c8y_Global).

import { del, get, path, post, type Page } from '../../lib/api';

const TYPE = 'holdfast_DeviceView';

export interface View {
  id: string;
  name: string;
  owner?: string;
  c8y_Global?: unknown;
  holdfast_DeviceView: { filter: string; sort: string; columns: string };
}

export async function views(signal: AbortSignal): Promise<View[]> {
  const { managedObjects } = await get<Page<'managedObjects', View>>('/inventory/managedObjects', {
    query: { type: TYPE, pageSize: 200, withChildren: false },
    signal,
  });
  return managedObjects.filter((one) => typeof one.holdfast_DeviceView === 'object');
}

export const save = (name: string, view: View['holdfast_DeviceView'], shared: boolean) =>
  post<View>('/inventory/managedObjects', {
    name,
    type: TYPE,
    holdfast_DeviceView: view,
    ...(shared ? { c8y_Global: {} } : {}),
  });

export const remove = (view: View) => del(path`/inventory/managedObjects/${view.id}`);
