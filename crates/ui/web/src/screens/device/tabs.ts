// The one list of the tabs of a device, in their stable order. A tab is a Svelte component with the prop `device` (the
// managed object as the platform shows it) and `reload` (reads it again).

import type { Component } from 'svelte';
import type { Key } from '../../lib/i18n.svelte';
import type { Device } from './device';

interface DeviceTab {
  /** In the address: `#/devices/4711/info`. */
  id: string;
  title: Key;
  /** Shown only for devices of which this is true; without it, always. */
  when?: (device: Device) => boolean;
  load: () => Promise<{ default: Component<{ device: Device; reload: () => void }> }>;
}

export const tabs: readonly DeviceTab[] = [
  { id: 'info', title: 'device.tab.info', load: () => import('./Info.svelte') },
  { id: 'measurements', title: 'device.tab.measurements', load: () => import('./Measurements.svelte') },
  { id: 'alarms', title: 'nav.alarms', load: () => import('./Alarms.svelte') },
  { id: 'events', title: 'nav.events', load: () => import('./Events.svelte') },
  { id: 'control', title: 'operations.tab', load: () => import('./Control.svelte') },
  { id: 'location', title: 'device.tab.location', load: () => import('./Location.svelte') },
  { id: 'relations', title: 'device.tab.relations', load: () => import('./Relations.svelte') },
  { id: 'identity', title: 'device.tab.identity', load: () => import('./Identity.svelte') },
  { id: 'permissions', title: 'device.tab.permissions', load: () => import('./Permissions.svelte') },
  { id: 'data', title: 'device.tab.data', load: () => import('./Data.svelte') },
  { id: 'activity', title: 'device.tab.activity', load: () => import('./Activity.svelte') },
];
