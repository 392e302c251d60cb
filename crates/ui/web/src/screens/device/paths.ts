// The ways from the top to a device through groups. It knows references, and asks for what is above them.

import { get, type Page } from '../../lib/api';
import type { Device, Reference } from './device';

export interface Step {
  id: string;
  name: string;
}
/** Groups deeper than this, and more ways than this, are left out. */
const DEPTH_MAX = 8;
const PATHS_MAX = 5;

export type Above = (ids: readonly string[], signal: AbortSignal) => Promise<{ id: string; parents: readonly Reference[] }[]>;

const above: Above = async (ids, signal) => {
  const page = await get<Page<'managedObjects', Device>>('/inventory/managedObjects', {
    query: { ids: ids.join(','), withParents: true, withChildren: false, pageSize: ids.length },
    signal,
  });
  return page.managedObjects.map((one) => ({ id: one.id, parents: one.assetParents?.references ?? [] }));
};

const step = ({ managedObject: { id, name } }: Reference): Step => ({ id, name: name ?? id });

/** Every way to these groups, each from its top down; as far as the caller may see them. */
export async function paths(groups: readonly Reference[], signal: AbortSignal, ask: Above = above): Promise<Step[][]> {
  let open = groups.slice(0, PATHS_MAX).map((one) => [step(one)]);
  const done: Step[][] = [];
  for (let depth = 1; open.length > 0; depth += 1) {
    const tops = [...new Set(open.map((path) => path[0]?.id ?? ''))];
    const parents = depth < DEPTH_MAX ? new Map((await ask(tops, signal)).map((one) => [one.id, one.parents])) : new Map();
    const longer: Step[][] = [];
    for (const path of open) {
      // A group that is in itself, at whatever distance, leads nowhere new.
      const further = ((parents.get(path[0]?.id ?? '') ?? []) as readonly Reference[])
        .map(step)
        .filter((one) => !path.some((known) => known.id === one.id));
      if (further.length === 0) done.push(path);
      for (const one of further) longer.push([one, ...path]);
    }
    open = longer.slice(0, Math.max(0, PATHS_MAX - done.length));
  }
  return done;
}
