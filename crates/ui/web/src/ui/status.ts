// What the state of a device comes to in one word, from the parts that the platform tells.

type DeviceState = 'online' | 'offline' | 'maintenance' | 'never' | 'unknown' | 'out';

export interface Availability {
  c8y_Availability?: { status?: string; lastMessage?: string };
  c8y_Connection?: { status?: string };
  c8y_RequiredAvailability?: { responseInterval?: number };
  /** It was disconnected by somebody and is kept out. */
  holdfast_Disconnected?: { time?: string; reason?: string };
}

export function stateOf(device: Availability): DeviceState {
  if (device.holdfast_Disconnected) return 'out';
  const told = device.c8y_Availability;
  if (!told) return 'unknown';
  if (told.status === 'MAINTENANCE') return 'maintenance';
  if (!told.lastMessage) return 'never';
  return told.status === 'AVAILABLE' ? 'online' : 'offline';
}
