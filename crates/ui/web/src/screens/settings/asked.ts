// The options of the tenant, and who changed one of them last, as the platform and its audit log tell. It knows no page.

import { ApiError, get, path, type Page } from '../../lib/api';
import type { AuditRecord } from '../../lib/audit/source';
import type { Option, Setting } from './options';

/** The call that lists them; a tenant has a thousand at most. */
export const LIST = { method: 'GET', path: '/tenant/options', query: { pageSize: 1000 } } as const;

export async function allOptions(signal: AbortSignal): Promise<Option[]> {
  return (await get<Page<'options', Option>>(LIST.path, { signal, query: LIST.query })).options;
}

/** These options one by one, for whoever may not list all. One that is not set is not there. */
export async function securityOptions(settings: readonly Setting[], signal: AbortSignal): Promise<Option[]> {
  const ask = async ({ category, key }: Setting): Promise<Option[]> => {
    try {
      return [await get<Option>(path`/tenant/security-options/${category}/${key}`, { signal })];
    } catch (reason) {
      if (reason instanceof ApiError && reason.status === 404) return [];
      throw reason;
    }
  };
  return (await Promise.all(settings.map(ask))).flat();
}

export interface LastChange {
  user: string;
  at: string;
  /** The id of the audit record. */
  record: string;
}

/** The last of these records, the newest first, that changed something: a refused attempt did not. */
export function lastChange(records: readonly AuditRecord[]): LastChange | undefined {
  const one = records.find((record) => record.holdfast_Audit?.outcome === 'success');
  return one && { user: one.user ?? '–', at: one.creationTime ?? one.time ?? '', record: one.id };
}

/** Who set an option last, or took it back. There is no index: the platform reads its log back to there, so one is asked
    for. Attempts that were refused are records of another type. */
export async function askedChange({ category, key }: Pick<Setting, 'category' | 'key'>, signal: AbortSignal): Promise<LastChange | undefined> {
  const query = { source: `${category}/${key}`, type: 'Option', pageSize: 1 };
  return lastChange((await get<Page<'auditRecords', AuditRecord>>('/audit/auditRecords', { signal, query })).auditRecords);
}
