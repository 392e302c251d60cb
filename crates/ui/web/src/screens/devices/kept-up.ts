// Keeps the rows of the device list as they are told: in their place, and in one go each second. Which devices belong into
// the list it does not know; that is asked of the platform.

import type { Pages } from '../../lib/pages.svelte';
import { realtime } from '../../lib/realtime';
import { soon } from '../../lib/soon';
import { told, type Device } from '../device/device';

const SHOW_MS = 1_000;
const WAIT_MS = 250;

/** Until the returned function is called. `appeared`: there is a device that was not there before; `missed`: something may
    have been missed, and no rows are on their way. */
export function keepUp(list: Pages<Device>, { appeared, missed }: { appeared: () => void; missed: () => void }): () => void {
  const changed = new Map<string, Device>();
  const showSoon = soon(show, SHOW_MS);
  const missedSoon = soon(tellMissed, WAIT_MS);

  function show() {
    const rows = list.value;
    if (rows?.some((one) => changed.has(one.id))) {
      list.set(rows.map((one) => { const after = changed.get(one.id); return after ? told(one, after) : one; }));
    }
    // Rows that are on their way may be older than what was told.
    if (list.loading) showSoon();
    else changed.clear();
  }
  function tellMissed() {
    // What is on its way is shown first: asked anew at once, it would take longer until something is there.
    if (list.loading) missedSoon();
    else missed();
  }

  const end = realtime.keepUp(
    '/managedobjects/*',
    ({ action, data }) => {
      const device = data as Device;
      // Whether it is one of those asked for, the platform knows.
      if (action === 'CREATE' && device?.c8y_IsDevice) appeared();
      if (action !== 'UPDATE' || typeof device?.id !== 'string') return;
      changed.set(device.id, device);
      showSoon();
    },
    tellMissed,
  );
  return () => {
    end();
    showSoon.end();
    missedSoon.end();
  };
}
