// What the console can tell beforehand about who may change a device. The platform decides; somebody with a permission on
// the object that is not listed here is let through by it all the same.

import { session } from '../../lib/session.svelte';
import { needs, offline, type Reason } from '../../ui/reason';
import type { Device } from './device';

const ADMIN = ['ROLE_INVENTORY_ADMIN', 'ROLE_MANAGED_OBJECT_ADMIN'];

/** By role, as its owner, or with permissions that may reach it. */
export function mayChange(device: Device): boolean {
  if (session.has(...ADMIN) || device.owner === session.user.userName) return true;
  return Object.keys(session.user.devicePermissions ?? {}).length > 0;
}

export const whyNot = (device: Device): Reason | undefined =>
  mayChange(device) ? offline() : { ...needs(...ADMIN), object: device.id };
