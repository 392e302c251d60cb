// Alarms as the platform shows them, and what a filter asks for. It knows no components.

import type { Query } from '../../lib/api';
import { SEVERITIES, type SeverityName } from '../../lib/severity';
import type { Token } from '../../ui/filter';
import { isWithin, takeTimes } from '../../ui/time-filter';

export const STATUSES = ['ACTIVE', 'ACKNOWLEDGED', 'CLEARED'] as const;
export type AlarmStatus = (typeof STATUSES)[number];

export interface Alarm {
  id: string;
  source: { id: string; name?: string };
  type: string;
  text: string;
  severity: SeverityName;
  status: AlarmStatus;
  /** How often it was raised. */
  count: number;
  /** Last raised. */
  time: string;
  firstOccurrenceTime?: string;
  creationTime: string;
  lastUpdated?: string;
  [fragment: string]: unknown;
}

/** Properties that every alarm has; everything else is a fragment of its own. */
const STANDARD = new Set([
  'id', 'self', 'source', 'type', 'text', 'severity', 'status', 'count', 'time', 'firstOccurrenceTime', 'creationTime',
  'lastUpdated', 'history',
]);
export const fragments = (alarm: Alarm): Record<string, unknown> =>
  Object.fromEntries(Object.entries(alarm).filter(([name]) => !STANDARD.has(name)));

/** What a filter asks the platform for, and the parts of it that the platform cannot be asked for. */
export interface Asked {
  query: Query;
  /** Tokens that mean nothing here, as they were typed. */
  unknown: Token[];
}

function chosen<T extends string>(tokens: readonly Token[], field: string, all: readonly T[]): T[] | undefined {
  const about = tokens.filter((one) => one.field === field);
  if (about.length === 0) return undefined;
  return all.filter((value) =>
    about.every((one) => one.values.some((typed) => typed.toUpperCase() === value) !== one.not),
  );
}

function single(tokens: readonly Token[], field: string): Token[] {
  return tokens.filter((one) => one.field === field && !one.not);
}

/** No alarm has this source: what a filter means that leaves nothing over. */
const NOTHING = { source: '0' };

/** The question of a filter. Without a word about the state, cleared alarms are left out. */
export function question(tokens: readonly Token[], source?: string): Asked {
  const query: Query = {};
  const severities = chosen(tokens, 'severity', SEVERITIES);
  const statuses = chosen(tokens, 'status', STATUSES);
  const types = single(tokens, 'type').flatMap((one) => one.values);
  const devices = source ? [source] : single(tokens, 'device').flatMap((one) => one.values);
  if (severities) query.severity = severities.join(',');
  if (statuses) query.status = statuses.join(',');
  else query.resolved = false;
  if (types.length > 0) query.type = types.join(',');
  if (devices.length === 1) query.source = devices[0];
  const times = takeTimes(tokens, query);
  const unknown = tokens.filter(
    (one) =>
      !(['severity', 'status', 'type', 'device'].includes(one.field) || times.has(one)) ||
      (one.not && (one.field === 'type' || one.field === 'device')) ||
      (one.field === 'device' && devices.length > 1),
  );
  if (severities?.length === 0 || statuses?.length === 0) return { query: NOTHING, unknown };
  return { query, unknown };
}

/** Whether an alarm is one of those that a question asks for, so that only these are counted as new. */
export function isAsked(query: Query, alarm: Alarm): boolean {
  const among = (wanted: unknown, value: string) => typeof wanted !== 'string' || wanted.split(',').includes(value);
  return (
    among(query.severity, alarm.severity) &&
    among(query.status, alarm.status) &&
    !(query.resolved === false && alarm.status === 'CLEARED') &&
    among(query.type, alarm.type) &&
    among(query.source, alarm.source.id) &&
    isWithin(query, alarm.time)
  );
}

/** What the keys of triage do to an alarm. */
export const KEYS: Record<string, AlarmStatus> = { a: 'ACKNOWLEDGED', c: 'CLEARED', r: 'ACTIVE' };
