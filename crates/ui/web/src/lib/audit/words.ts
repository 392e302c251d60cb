// Records of the audit log in the reader's language, as far as they are the platform's own words. What clients have written
// is shown as they wrote it, and so is what has no words here.

import { has, t, tn } from '../i18n.svelte';
import type { AuditRecord } from './source';

const isOwn = (record: AuditRecord): boolean => record.holdfast_Audit?.origin !== 'client';

/** What was done. */
export function activityOf(record: AuditRecord): string {
  const key = `audit.did.${record.activity}`;
  return isOwn(record) && has(key) ? t(key) : (record.activity ?? '');
}

/** The type of records, as it is called. */
export function typeWords(type: string): string {
  const key = `audit.type.${type}`;
  return has(key) ? t(key) : type;
}

/** What there is to say besides: not what was done once more, and of data that came in, what it was and how much. */
export function detailsOf(record: AuditRecord): string {
  if (record.type === undefined) return '';
  const count = record.holdfast_Audit?.count ?? 1;
  const times = count > 1 ? tn('audit.repeatsTimes', count) : '';
  if (isOwn(record) && record.type === 'Telemetry') {
    const key = `audit.telemetry.${/^(\w+)_create/.exec(record.text)?.[1]}`;
    if (has(key)) return `${t(key)}${count > 1 ? `: ${count}` : ''}`;
  }
  const way = `audit.with.${isOwn(record) ? /^Signed in with (.+)$/.exec(record.text)?.[1] : ''}`;
  if (has(way)) return [t(way), times].filter(Boolean).join(' · ');
  return [record.text === record.activity ? '' : record.text, times].filter(Boolean).join(' · ');
}
