// Where the object of an audit record is in the console, if it has a place there.

import type { AuditRecord } from '../../lib/audit/source';
import { href } from '../../lib/router.svelte';

/** Types of records whose object is in the inventory: its id alone does not tell. */
const OF_OBJECTS = new Set(['Inventory', 'Telemetry', 'Certificate', 'DeviceSecurity', 'RemoteAccess']);

export function objectLink(record: AuditRecord): string | undefined {
  const id = record.source?.id;
  if (!id) return undefined;
  if (OF_OBJECTS.has(record.type ?? '') && /^\d+$/.test(id)) return href(`/devices/${id}/activity`);
  if (record.type === 'User') return href(`/users/${encodeURIComponent(id)}`);
  return undefined;
}
