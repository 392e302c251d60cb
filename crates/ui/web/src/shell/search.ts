// What the search finds on the platform. Whoever may not list something finds nothing of it.

import { get, path } from '../lib/api';
import { exactly, has } from '../lib/inventory-query';
import { groupHref } from '../lib/router.svelte';
import { session } from '../lib/session.svelte';
import type { IconName } from '../ui/icons';

export interface Found {
  kind: 'pages' | 'commands' | 'devices' | 'groups' | 'users';
  label: string;
  hint?: string;
  icon: IconName;
  href?: string;
  run?: () => void;
}

/** Whether a name has all words of a text in it. */
export function matches(name: string, text: string): boolean {
  const lower = name.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}

interface Item {
  id: string;
  name?: string;
  type?: string;
  c8y_IsDevice?: unknown;
}

async function objects(text: string, signal: AbortSignal): Promise<Found[]> {
  const query = `$filter=((has(c8y_IsDevice) or has(c8y_IsDeviceGroup)) and (${has('name', text)} or id eq ${exactly(text)} or ${has('c8y_Hardware.serialNumber', text)}))`;
  const { managedObjects } = await get<{ managedObjects: Item[] }>('/inventory/managedObjects', {
    query: { query, pageSize: 8, withChildren: false },
    signal,
  });
  return managedObjects.map((one) => {
    const device = one.c8y_IsDevice !== undefined;
    return {
      kind: device ? 'devices' : 'groups',
      label: one.name ?? one.id,
      hint: one.id,
      icon: device ? 'device' : 'group',
      href: device ? `#${path`/devices/${one.id}`}` : groupHref(one.id),
    };
  });
}

async function users(text: string, signal: AbortSignal): Promise<Found[]> {
  if (!session.has('ROLE_USER_MANAGEMENT_READ')) return [];
  const { users } = await get<{ users: { id: string; userName: string; email?: string }[] }>(
    path`/user/${session.tenant}/users`,
    { query: { username: text, pageSize: 5 }, signal },
  );
  return users.map((one) => ({
    kind: 'users',
    label: one.userName,
    ...(one.email ? { hint: one.email } : {}),
    icon: 'user',
    href: `#${path`/users/${one.id}`}`,
  }));
}

/** Devices and groups by name, id or serial number, users by name. What fails is left out. */
export async function find(text: string, signal: AbortSignal): Promise<Found[]> {
  const all = await Promise.allSettled([objects(text, signal), users(text, signal)]);
  return all.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}
