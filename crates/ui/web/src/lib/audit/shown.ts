// Whether the API shows a record as it is in the log. A proof is about the record's own bytes; what a list shows is made
// from them by the platform, and could say something else.

import type { AuditRecord } from './source';

/** The properties in which a record is shown otherwise than it was proved, by their names in the API. */
export function differences(shown: AuditRecord, proved: string): string[] {
  let log: Record<string, unknown>;
  try {
    log = JSON.parse(proved) as Record<string, unknown>;
  } catch {
    return ['text'];
  }
  const actor = (log.actor ?? {}) as { id?: string; name?: string; kind?: string };
  const expected: [string, unknown, unknown][] = [
    ['creationTime', shown.creationTime, log.time],
    ['time', shown.time, log.clientTime ?? log.time],
    ['type', shown.type, log.type],
    ['activity', shown.activity, log.activity],
    ['text', shown.text, log.text],
    ['severity', shown.severity, log.severity],
    ['user', shown.user ?? '', actor.name ?? ''],
    ['source', shown.source?.id, log.source],
    ['application', shown.application, log.application],
    ['outcome', shown.holdfast_Audit?.outcome, log.outcome],
    ['address', shown.holdfast_Audit?.address, log.address],
    ['actorKind', shown.holdfast_Audit?.actorKind, actor.kind],
    ['principal', shown.holdfast_Audit?.principal, actor.id],
    // What the platform does by itself is a `job` in the log and `system` in the API.
    ['origin', shown.holdfast_Audit?.origin, log.origin === 'job' ? 'system' : log.origin],
    ['reason', shown.holdfast_Audit?.reason, log.reason],
    ['count', shown.holdfast_Audit?.count, log.count],
    ['changes', changesOf(shown), log.changes ?? []],
  ];
  return expected.filter(([, one, other]) => !isSame(one, other)).map(([name]) => name);
}

/** The changes as the log writes them. */
function changesOf(shown: AuditRecord): unknown[] {
  return (shown.changes ?? []).map(({ attribute, type, previousValue, newValue }) => ({
    attribute,
    type,
    previous: previousValue,
    new: newValue,
  }));
}

/** Compares values of JSON; null and absent are the same, because the API shows absent values as null. */
function isSame(one: unknown, other: unknown): boolean {
  if ((one ?? null) === (other ?? null)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => isSame((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]));
}
