// Keeps a device as it is told, for its page. Only what is told is taken over: the rest (parents, latest values) is not told.

import { realtime } from '../../lib/realtime';
import type { Resource } from '../../lib/resource.svelte';
import { soon } from '../../lib/soon';
import { told, type Device } from './device';

/** Until the returned function is called. */
export function keepUp(id: string, device: Resource<Device>): () => void {
  // Not at once: what is on its way is shown first.
  const again = soon(device.reload);
  const end = realtime.keepUp(
    `/managedobjects/${id}`,
    ({ action, data }) => {
      const before = device.value;
      if (action === 'UPDATE' && before?.id === id) device.set(told(before, data as Device));
      else if (action === 'DELETE') device.reload();
      // Nothing to change is there yet, and what is on its way may be older.
      else again();
    },
    again,
  );
  return () => {
    end();
    again.end();
  };
}
