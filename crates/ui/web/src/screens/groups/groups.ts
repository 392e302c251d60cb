// Groups and what is in them, asked of the platform. It knows no components.

import { ApiError, del, get, type Page, path, post, put } from '../../lib/api';
import type { Device } from '../device/device';

export interface Group {
  id: string;
  name?: string;
  type?: string;
  owner?: string;
  lastUpdated?: string;
  assetParents?: { references?: { managedObject: { id: string; name?: string } }[] };
}

const PATH = '/inventory/managedObjects';
const SIZE = 200;
const isGroup = 'has(c8y_IsDeviceGroup)';

type Found<T> = Page<'managedObjects', T>;
const ask = <T>(query: string, more: Record<string, string | number | boolean>, signal?: AbortSignal) =>
  get<Found<T>>(PATH, { query: { query, ...more }, ...(signal && { signal }) });

/** The groups at the top. Whoever may not see these sees the ones further down that were opened to them. */
export async function roots(signal: AbortSignal): Promise<Group[]> {
  const query = `$filter=(${isGroup}) $orderby=name asc`;
  const top = await ask<Group>(query, { pageSize: 2000, onlyRoots: true }, signal);
  if (top.managedObjects.length > 0) return top.managedObjects;
  return (await ask<Group>(query, { pageSize: 2000 }, signal)).managedObjects;
}

/** An id that may stand in a query: it comes from the address of the page, where anything may be written. */
function digits(id: string): string {
  if (!/^\d{1,20}$/.test(id)) throw new ApiError(404, 'inventory/Not Found', '');
  return id;
}

export const below = async (id: string, signal?: AbortSignal): Promise<Group[]> =>
  (await ask<Group>(`$filter=(bygroupid(${digits(id)}) and ${isGroup}) $orderby=name asc`, { pageSize: 2000 }, signal)).managedObjects;

/** A page of the devices that are directly in a group, and how many there are. */
export const devicesIn = async (id: string, page: number, signal: AbortSignal) =>
  ask<Device>(
    `$filter=(bygroupid(${digits(id)}) and has(c8y_IsDevice)) $orderby=name asc`,
    { pageSize: SIZE, currentPage: page, withTotalElements: page === 1 },
    signal,
  );

export const read = (id: string, signal?: AbortSignal) =>
  get<Group>(path`/inventory/managedObjects/${id}`, { query: { withParents: true }, ...(signal && { signal }) });

export const alarmsOf = (id: string, signal: AbortSignal) =>
  get<number>('/alarm/alarms/count', {
    signal,
    query: { source: id, resolved: false, withSourceAssets: true, withSourceDevices: true },
  });

/** Makes a group, at the top or below another one. */
export async function make(name: string, parent?: string): Promise<Group> {
  const body = { name, type: parent ? 'c8y_DeviceSubGroup' : 'c8y_DeviceGroup', c8y_IsDeviceGroup: {} };
  return parent ? post<Group>(path`/inventory/managedObjects/${parent}/childAssets`, body) : post<Group>(PATH, body);
}
export const rename = (id: string, name: string) => put<Group>(path`/inventory/managedObjects/${id}`, { name });
export const putInto = (group: string, id: string) =>
  post(path`/inventory/managedObjects/${group}/childAssets`, { managedObject: { id } });
export const takeOut = (group: string, id: string) => del(path`/inventory/managedObjects/${group}/childAssets/${id}`);
export const remove = (id: string) => del(path`/inventory/managedObjects/${id}`);

/** Moves a group: first into the new one, so that it is never in none. To the top without one. */
export async function move(group: Group, to: string | undefined): Promise<void> {
  if (to) await putInto(to, group.id);
  for (const { managedObject } of group.assetParents?.references ?? []) {
    if (managedObject.id !== to) await takeOut(managedObject.id, group.id);
  }
}

/** Whether a group may be moved into another one: not into itself, and not below itself. */
export function mayHold(target: string, group: string, parents: ReadonlyMap<string, string | undefined>): boolean {
  const seen = new Set<string>();
  for (let at: string | undefined = target; at !== undefined && !seen.has(at); at = parents.get(at)) {
    if (at === group) return false;
    seen.add(at);
  }
  return true;
}
