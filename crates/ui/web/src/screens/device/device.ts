// A device as the platform shows it: the parts that the console reads. Everything else stands in it too.

import type { Availability } from '../../ui/status';

export interface Reference {
  managedObject: { id: string; name?: string; type?: string; self?: string };
}
interface References {
  self?: string;
  references?: Reference[];
}

export interface Device extends Availability {
  id: string;
  self?: string;
  name?: string;
  type?: string;
  owner?: string;
  creationTime?: string;
  lastUpdated?: string;
  c8y_IsDevice?: Record<string, unknown>;
  c8y_IsDeviceGroup?: Record<string, unknown>;
  c8y_ActiveAlarmsStatus?: { critical?: number; major?: number; minor?: number; warning?: number };
  c8y_Hardware?: { model?: string; serialNumber?: string; revision?: string };
  c8y_Firmware?: { name?: string; version?: string; url?: string };
  c8y_Mobile?: { imei?: string; iccid?: string; cellId?: string };
  c8y_Agent?: { name?: string; version?: string; url?: string; maintainer?: string };
  c8y_Position?: { lat?: number; lng?: number; alt?: number };
  c8y_SupportedOperations?: string[];
  c8y_SupportedMeasurements?: string[];
  c8y_Notes?: string;
  childDevices?: References;
  childAssets?: References;
  childAdditions?: References;
  assetParents?: References;
  deviceParents?: References;
  [fragment: string]: unknown;
}

/** What is asked for with a device and not told with its changes. */
const UNTOLD = [
  'assetParents',
  'deviceParents',
  'additionParents',
  'childDevices',
  'childAssets',
  'childAdditions',
  'c8y_LatestMeasurements',
  'c8y_ActiveAlarmsStatus',
  'c8y_Availability',
  'c8y_Connection',
] as const;

/** A device after a change of it was told: what is told is all of it, so a fragment that is missing was removed. */
export function told(before: Device, after: Device): Device {
  const kept = UNTOLD.filter((name) => before[name] !== undefined).map((name) => [name, before[name]] as const);
  return { ...Object.fromEntries(kept), ...after };
}

/** The operations that a device says it takes; devices say all sorts of things. */
export function supportedOperations(device: Device): string[] {
  const said: unknown = device.c8y_SupportedOperations;
  return Array.isArray(said) ? [...new Set(said.filter((one) => typeof one === 'string'))] : [];
}

/** The required interval from what was typed: the sign is the maintenance and stays as it is. Nothing: not monitored. */
export function intervalOf(typed: string, isMaintained: boolean): number | undefined {
  if (typed.trim() === '') return undefined;
  const minutes = Math.abs(Number(typed));
  return isMaintained ? -minutes : minutes;
}
