// The ways in of a tenant, as its administrators see them: those that are open, which the platform lists, and those of its
// own that are closed, which it does not.

import type { LoginOption } from '../sign-in/ways';

export interface Way extends LoginOption {
  allowedForDevices?: boolean;
  sessionConfiguration?: { absoluteTimeoutMillis?: number };
}

export const OWN_TYPES = ['OAUTH2_INTERNAL', 'BASIC'] as const;
export type OwnWay = Way & { type: (typeof OWN_TYPES)[number] };

/** Whether it is one of the platform's own: the others are set up with their provider. */
export const isOwn = (way: Way): way is OwnWay => OWN_TYPES.some((type) => type === way.type);

export function withClosed(open: readonly Way[]): Way[] {
  const closed = OWN_TYPES.filter((type) => !open.some((way) => way.type === type));
  return [...open, ...closed.map((type): Way => ({ id: type, type, allowedForPeople: false, allowedForDevices: false, visibleOnLoginPage: false }))];
}

/** What a change does that somebody may not have thought of, by its part of the text keys. */
export function hitBy(way: OwnWay, people: boolean, devices: boolean, shown: boolean): string[] {
  const [hadPeople, hadDevices] = [way.allowedForPeople ?? true, way.allowedForDevices ?? false];
  const found: string[] = [];
  if (hadPeople && !people) found.push(way.type === 'BASIC' ? 'programsOut' : 'consoleOut');
  if (hadDevices && !devices) found.push('devicesOut');
  if (people && !shown) found.push('hidden');
  return found;
}
