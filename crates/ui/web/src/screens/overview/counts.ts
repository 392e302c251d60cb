// Numbers of the overview that the platform counts, asked again now and then. What somebody may not count stays unknown;
// what could not be counted for another reason is an error, and never a nought.

import { SEVERITIES } from '../../lib/severity';
import { total } from '../../lib/total';
import { parseFilter } from '../../ui/filter';
import { deviceQuery } from '../devices/filter';

export type Counts = Record<string, number | undefined>;

/** The state of devices that a filter of the device list shows, by its name there. */
export const SHOWN_STATES = ['online', 'offline', 'maintenance', 'never', 'unknown'] as const;

export async function deviceCounts(signal: AbortSignal): Promise<Counts> {
  const filters: [string, string][] = [['all', ''], ...SHOWN_STATES.map((one): [string, string] => [one, `status:${one}`])];
  const counted = await Promise.all(
    filters.map(async ([name, filter]) => {
      const query = deviceQuery(parseFilter(filter));
      return [name, await total('/inventory/managedObjects', { query, withChildren: 'false' }, signal)] as const;
    }),
  );
  return Object.fromEntries(counted);
}

export const FLOOD_MINUTES = 10;
export const FLOOD_ALARMS = 10;

/** New alarms within ten minutes that end at `to`, in milliseconds. */
export interface Rate {
  from: number;
  to: number;
  count: number;
}
const RATES = 6;

/** Active alarms by severity, and how many came, the newest ten minutes last; without rates if they may not be counted. */
export async function alarmCounts(signal: AbortSignal): Promise<{ counts: Counts; rates: Rate[] | undefined }> {
  const now = Date.now();
  const spans = Array.from({ length: RATES }, (_, at) => {
    const from = now - (RATES - at) * FLOOD_MINUTES * 60_000;
    // Both ends count, so the next begins a millisecond later.
    return { from, to: from + FLOOD_MINUTES * 60_000 - 1 };
  });
  const time = (millis: number) => new Date(millis).toISOString();
  const [recent, severities] = await Promise.all([
    Promise.all(spans.map(({ from, to }) => total('/alarm/alarms', { dateFrom: time(from), dateTo: time(to) }, signal))),
    Promise.all(SEVERITIES.map((severity) => total('/alarm/alarms', { status: 'ACTIVE', severity }, signal))),
  ]);
  const rates = spans.flatMap((span, at) => (recent[at] === undefined ? [] : { ...span, count: recent[at] }));
  return {
    counts: Object.fromEntries(SEVERITIES.map((one, at) => [one, severities[at]])),
    rates: rates.length === RATES ? rates : undefined,
  };
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
