// Saved views of a screen: managed objects of a type of their own, so that they are read and shared like anything else. What
// is in one is parts of an address. A shared one is open to everybody of the tenant (c8y_Global).

import { del, get, path, post, type Page } from '../../lib/api';

/** Of which screen a view is; it is the type of the object and the name of its fragment. */
export type Kind = 'holdfast_DeviceView' | 'holdfast_MeasurementView';
export type Parts = Record<string, string>;

export interface View {
  id: string;
  name: string;
  owner?: string;
  isShared: boolean;
  parts: Parts;
}
type Found = Record<string, unknown> & { id: string; name?: string; owner?: string };

/** Somebody else may have written it: only texts are taken over. */
export function viewOf(kind: Kind, object: Found): View | undefined {
  const saved = object[kind];
  if (typeof saved !== 'object' || saved === null) return undefined;
  const texts = Object.entries(saved).filter((one): one is [string, string] => typeof one[1] === 'string');
  const { id, name = object.id, owner, c8y_Global } = object;
  return { id, name, ...(owner !== undefined && { owner }), isShared: c8y_Global !== undefined, parts: Object.fromEntries(texts) };
}

export async function views(kind: Kind, signal: AbortSignal): Promise<View[]> {
  const { managedObjects } = await get<Page<'managedObjects', Found>>('/inventory/managedObjects', {
    query: { type: kind, pageSize: 200, withChildren: false },
    signal,
  });
  return managedObjects.flatMap((one) => viewOf(kind, one) ?? []);
}

/** Whether both show the same; what is not said is nothing. */
export const isSame = (one: Parts, other: Parts): boolean =>
  [...Object.keys(one), ...Object.keys(other)].every((name) => (one[name] ?? '') === (other[name] ?? ''));

export const save = (kind: Kind, name: string, parts: Parts, shared: boolean) =>
  post('/inventory/managedObjects', { name, type: kind, [kind]: parts, ...(shared && { c8y_Global: {} }) });

export const remove = (view: View) => del(path`/inventory/managedObjects/${view.id}`);
