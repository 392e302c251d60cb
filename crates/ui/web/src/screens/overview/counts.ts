// Numbers of the overview that the platform counts, asked again now and then. What somebody may not count stays unknown;
// what could not be counted for another reason is an error, and never a nought.

import { ApiError, get, type Page } from '../../lib/api';
import { parseFilter } from '../../ui/filter';
import { deviceQuery } from '../devices/filter';

export type Counts = Record<string, number | undefined>;

async function total(path: string, query: Record<string, string>, signal: AbortSignal): Promise<number | undefined> {
  try {
    const page = await get<Page<'x', unknown>>(path, { signal, query: { ...query, pageSize: 1, withTotalElements: true } });
    return page.statistics.totalElements;
  } catch (reason) {
    if (reason instanceof ApiError && reason.status === 403) return undefined;
    throw reason;
  }
}

/** The state of devices that a filter of the device list shows, by its name there. */
export const SHOWN_STATES = ['online', 'offline', 'maintenance', 'never', 'unknown'] as const;

const none = async () => [];

export async function deviceCounts(signal: AbortSignal): Promise<Counts> {
  const filters: [string, string][] = [['all', ''], ...SHOWN_STATES.map((one): [string, string] => [one, `status:${one}`])];
  const counted = await Promise.all(
    filters.map(async ([name, filter]) => {
      const query = await deviceQuery(parseFilter(filter), undefined, none);
      return [name, await total('/inventory/managedObjects', { query, withChildren: 'false' }, signal)] as const;
    }),
  );
  return Object.fromEntries(counted);
}

export const ALARM_SEVERITIES = ['CRITICAL', 'MAJOR', 'MINOR', 'WARNING'] as const;
export const FLOOD_MINUTES = 10;
export const FLOOD_ALARMS = 10;

export async function alarmCounts(signal: AbortSignal): Promise<Counts> {
  const since = new Date(Date.now() - FLOOD_MINUTES * 60_000).toISOString();
  const [recent, ...severities] = await Promise.all([
    total('/alarm/alarms', { dateFrom: since }, signal),
    ...ALARM_SEVERITIES.map((severity) => total('/alarm/alarms', { status: 'ACTIVE', severity }, signal)),
  ]);
  return { recent, ...Object.fromEntries(ALARM_SEVERITIES.map((one, at) => [one, severities[at]])) };
}

/** Whether each of these was counted and is nought. */
export const areNone = (counts: Counts, names: readonly string[]): boolean => names.every((one) => counts[one] === 0);

const DAY_MS = 86_400_000;

/** With the time from which failures are counted, so that the list shows the same ones. */
export async function operationCounts(signal: AbortSignal): Promise<{ counts: Counts; since: string }> {
  const dateFrom = new Date(Date.now() - DAY_MS).toISOString();
  const [PENDING, EXECUTING, FAILED] = await Promise.all([
    total('/devicecontrol/operations', { status: 'PENDING' }, signal),
    total('/devicecontrol/operations', { status: 'EXECUTING' }, signal),
    total('/devicecontrol/operations', { status: 'FAILED', dateFrom }, signal),
  ]);
  return { counts: { PENDING, EXECUTING, FAILED }, since: dateFrom };
}
