// The calls that explain: what somebody can do, who can do something, what was refused, and what a change would do.

import { type Call, get, path, post } from '../api';
import { session } from '../session.svelte';
import {
  type Everywhere,
  type Holder,
  type Holders,
  type Named,
  type OnObject,
  type Owners,
  type Preview,
  type Refusal,
  type Subject,
  rulesOfOwners,
} from './explain';
import { subjectPath } from './people';
import { type Rule, line } from './rules';

interface Ancestor extends Named {
  /** How many steps above. */
  steps: number;
}

const effective = (of: Subject) => `${subjectPath(of)}/effectivePermissions`;

/** The call behind an explanation, to be copied. */
export const explainCall = (of: Subject, device?: string): Call => ({
  method: 'GET',
  path: effective(of),
  query: { device, ...(device ? {} : { pageSize: 100 }) },
});

export const explainOn = (of: Subject, device: string, signal?: AbortSignal) =>
  get<OnObject>(effective(of), { query: { device }, ...(signal ? { signal } : {}) });

/** Roles and a page of rules, wherever they are. */
export const explainEverywhere = (of: Subject, page = 1, signal?: AbortSignal) =>
  get<Everywhere>(effective(of), {
    query: { pageSize: 100, currentPage: page, withTotalElements: true },
    ...(signal ? { signal } : {}),
  });

/** What would change, on the data of this moment. */
export const preview = (subject: Subject, rules: Rule[], remove: Rule[], signal?: AbortSignal) =>
  post<Preview>(
    path`/user/${session.tenant}/permissions/preview`,
    { subject, rules: rules.map(line), remove: remove.map(line) },
    signal ? { signal } : {},
  );

export const whoCan = (id: string, query: Record<string, string | number | undefined>, signal?: AbortSignal) =>
  get<Holders>(path`/inventory/managedObjects/${id}/permissions/who`, {
    query: { pageSize: 100, withTotalElements: true, ...query },
    ...(signal ? { signal } : {}),
  });

export async function refusalsOf(user: string, signal?: AbortSignal): Promise<Refusal[]> {
  const told = await get<{ refusals: Refusal[] }>('/audit/refusals', {
    query: { user, pageSize: 50 },
    ...(signal ? { signal } : {}),
  });
  return told.refusals;
}

interface Linked extends Named {
  assetParents?: { references?: { managedObject: Named }[] };
  deviceParents?: { references?: { managedObject: Named }[] };
}
/** More objects above one another than anybody builds. */
const ANCESTORS_MAX = 60;

/** Everything above an object, from which permissions are inherited; what the caller may not read is left out. */
export async function ancestors(id: string, signal?: AbortSignal): Promise<Ancestor[]> {
  const found = new Map<string, Ancestor>();
  let level = [id];
  for (let steps = 1; level.length > 0 && found.size < ANCESTORS_MAX; steps += 1) {
    const objects = await Promise.all(
      level.map((one) =>
        get<Linked>(path`/inventory/managedObjects/${one}`, {
          query: { withParents: true, withChildren: false },
          ...(signal ? { signal } : {}),
        }),
      ),
    );
    level = [];
    for (const object of objects) {
      const parents = [...(object.assetParents?.references ?? []), ...(object.deviceParents?.references ?? [])];
      for (const { managedObject } of parents) {
        if (managedObject.id === id || found.has(managedObject.id)) continue;
        const ancestor: Ancestor = { id: managedObject.id, steps };
        if (managedObject.name) ancestor.name = managedObject.name;
        found.set(managedObject.id, ancestor);
        level.push(managedObject.id);
      }
    }
  }
  return [...found.values()];
}

/** The rules that were given one by one on an object, with their holders. */
export const rulesOn = async (id: string, signal?: AbortSignal) =>
  rulesOfOwners(id, await get<Owners>(path`/user/devicePermissions/${id}`, signal ? { signal } : {}));

const KINDS = ['MANAGED_OBJECT', 'MEASUREMENT', 'EVENT', 'ALARM', 'OPERATION'] as const;

/** Everybody who can do anything to an object or its data: one question for each kind and level, to its last page. */
export async function everyHolder(id: string, signal?: AbortSignal): Promise<Holder[]> {
  const holders = async (scope: string, permission: string): Promise<Holder[]> => {
    const found: Holder[] = [];
    for (let currentPage = 1; ; currentPage += 1) {
      const { users, groups, next } = await whoCan(id, { scope, permission, pageSize: 2000, currentPage }, signal);
      found.push(...groups, ...users);
      if (!next || users.length + groups.length === 0) return found;
    }
  };
  return (await Promise.all(KINDS.flatMap((scope) => ['READ', 'ADMIN'].map((permission) => holders(scope, permission))))).flat();
}
