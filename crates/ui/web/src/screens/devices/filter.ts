// The filter of the device list as a query of the inventory. It knows the fields and what they mean, and no components.

import { exactly, has, literal } from '../../lib/inventory-query';
import type { Sort } from '../../ui/table';
import type { Token } from '../../ui/filter';

export const STATES = ['online', 'offline', 'maintenance', 'never', 'unknown'] as const;

const HEARD = "c8y_Availability.lastMessage gt '1970-01-01T00:00:00Z'";
const STATE: Record<string, string> = {
  online: `(c8y_Availability.status eq 'AVAILABLE' and ${HEARD})`,
  offline: `(c8y_Availability.status eq 'UNAVAILABLE' and ${HEARD})`,
  maintenance: "c8y_Availability.status eq 'MAINTENANCE'",
  never: `(has(c8y_RequiredAvailability) and not c8y_Availability.status eq 'MAINTENANCE' and not ${HEARD})`,
  unknown: 'not has(c8y_RequiredAvailability)',
};

/** Fields that are properties, by their name in a filter. */
const PROPERTIES: Record<string, string> = {
  name: 'name',
  type: 'type',
  id: 'id',
  owner: 'owner',
  model: 'c8y_Hardware.model',
  serial: 'c8y_Hardware.serialNumber',
  fw: 'c8y_Firmware.version',
  imei: 'c8y_Mobile.imei',
  created: 'creationTime',
  seen: 'c8y_Availability.lastMessage',
};
export const COMPARED = ['fw', 'created', 'seen'];
const OPERATORS = { ':': 'eq', '<': 'lt', '>': 'gt', '<=': 'le', '>=': 'ge' } as const;
export const SEVERITIES = ['critical', 'major', 'minor', 'warning'] as const;

/** The ids of all groups of a name. */
export type Groups = ReadonlyMap<string, readonly string[]>;
const NO_GROUPS: Groups = new Map();

const isId = (text: string) => /^\d+$/.test(text);
/** The groups that a filter calls by their names: they are found before it can be a query. */
export const groupNames = (tokens: readonly Token[]): string[] =>
  tokens.flatMap(({ field, values }) => (field === 'group' ? values.filter((one) => !isId(one)) : []));

const any = (conditions: readonly string[]) => (conditions.length === 1 ? conditions[0] : `(${conditions.join(' or ')})`) ?? '';
/** What matches nothing: no object has this id. */
const NOTHING = "id eq '0'";

/** What somebody typed is looked up among these alone, not among what every object has (`constructor`). */
const own = (all: Record<string, string>, name: string): string | undefined =>
  Object.hasOwn(all, name) ? all[name] : undefined;

function condition(token: Token, value: string, groups: Groups): string {
  const { field, by } = token;
  if (field === '') {
    return `(${has('name', value)} or ${has('c8y_Hardware.serialNumber', value)} or id eq ${exactly(value)})`;
  }
  if (field === 'status') return own(STATE, value.toLowerCase()) ?? NOTHING;
  if (field === 'has') return /^[\w.]+$/.test(value) ? `has(${value})` : NOTHING;
  if (field === 'alarm') {
    const severity = SEVERITIES.find((one) => one === value.toLowerCase());
    if (severity) return `c8y_ActiveAlarmsStatus.${severity} gt 0`;
    return any(SEVERITIES.map((one) => `c8y_ActiveAlarmsStatus.${one} gt 0`));
  }
  if (field === 'group') {
    const ids = isId(value) ? [value] : (groups.get(value) ?? []);
    return ids.length > 0 ? any(ids.map((id) => `bygroupid(${id})`)) : NOTHING;
  }
  const property = own(PROPERTIES, field) ?? (/^[\w.]+$/.test(field) ? field : undefined);
  if (!property) return NOTHING;
  return `${property} ${OPERATORS[by]} ${literal(value)}`;
}

/** The query of a filter: devices only, all tokens, any value of each. */
export function deviceQuery(tokens: readonly Token[], sort?: Sort, groups: Groups = NO_GROUPS): string {
  const conditions = ['has(c8y_IsDevice)'];
  for (const token of tokens) {
    const all = any(token.values.map((value) => condition(token, value, groups)));
    conditions.push(token.not ? `not (${all})` : all);
  }
  const order = (sort && own(ORDER, sort.column)) ?? 'name';
  return `$filter=(${conditions.join(' and ')}) $orderby=${order} ${sort?.down ? 'desc' : 'asc'}`;
}

/** What the columns that can be sorted are sorted by. */
export const ORDER: Record<string, string> = {
  name: 'name',
  type: 'type',
  model: 'c8y_Hardware.model',
  serial: 'c8y_Hardware.serialNumber',
  fw: 'c8y_Firmware.version',
  created: 'creationTime',
  seen: 'c8y_Availability.lastMessage',
  id: 'id',
  imei: 'c8y_Mobile.imei',
};
