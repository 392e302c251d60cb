// Retention rules as the platform shows them, and which of them decides. It knows no components.

export const TYPES = ['*', 'MEASUREMENT', 'EVENT', 'ALARM', 'OPERATION', 'BULK_OPERATION', 'AUDIT'] as const;
export type DataType = (typeof TYPES)[number];

export interface Rule {
  id: string;
  dataType: DataType;
  fragmentType?: string;
  type?: string;
  source?: string;
  maximumAge: number;
  editable?: boolean;
}
export interface Counts {
  rule?: Rule;
  removed: Record<string, number>;
}
export interface Preview {
  time: string;
  complete: boolean;
  rules: Counts[];
}
export interface Execution {
  startTime?: string;
  endTime?: string;
  status?: 'RUNNING' | 'COMPLETED';
  onDemand?: boolean;
  rules?: Counts[];
}

const DAYS_MAX = 3650;
const AUDIT_DAYS_MIN = 365;

export type Fault = 'days' | 'audit' | 'filter';

/** What a data type cannot be asked for, as the platform would refuse it. */
const WITHOUT: Partial<Record<DataType, readonly ('fragmentType' | 'type' | 'source')[]>> = {
  ALARM: ['fragmentType'],
  OPERATION: ['type'],
  BULK_OPERATION: ['type'],
  AUDIT: ['fragmentType', 'type', 'source'],
};
export const takes = (dataType: DataType, filter: 'fragmentType' | 'type' | 'source'): boolean =>
  !(WITHOUT[dataType] ?? []).includes(filter);

export function fault(rule: Omit<Rule, 'id'>): Fault | undefined {
  if (!Number.isInteger(rule.maximumAge) || rule.maximumAge < 1 || rule.maximumAge > DAYS_MAX) return 'days';
  if (rule.dataType === 'AUDIT' && rule.maximumAge < AUDIT_DAYS_MIN) return 'audit';
  const filters = ['fragmentType', 'type', 'source'] as const;
  if (filters.some((name) => (rule[name] ?? '*') !== '*' && !takes(rule.dataType, name))) return 'filter';
  return undefined;
}

/** How a rule is sent: filters that say nothing are stars. */
export const body = (rule: Omit<Rule, 'id'>) => ({
  dataType: rule.dataType,
  fragmentType: rule.fragmentType?.trim() || '*',
  type: rule.type?.trim() || '*',
  source: rule.source?.trim() || '*',
  maximumAge: rule.maximumAge,
});

/** After how many days data of a type that has no special filter is removed, and by which rules: the strictest decides. */
export function decides(rules: readonly Rule[], dataType: Exclude<DataType, '*'>): { days: number; rules: Rule[] } | undefined {
  const meant = rules.filter(
    (rule) =>
      (rule.dataType === '*' || rule.dataType === dataType) &&
      [rule.fragmentType, rule.type, rule.source].every((filter) => !filter || filter === '*'),
  );
  if (meant.length === 0) return undefined;
  const days = (rule: Rule) => (dataType === 'AUDIT' ? Math.max(AUDIT_DAYS_MIN, rule.maximumAge) : rule.maximumAge);
  const least = Math.min(...meant.map(days));
  return { days: least, rules: meant.filter((rule) => days(rule) === least) };
}

/** How much a preview says would be removed, by type. */
export function sums(preview: Preview): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { removed } of preview.rules) {
    for (const [type, count] of Object.entries(removed)) all[type] = (all[type] ?? 0) + count;
  }
  return all;
}
