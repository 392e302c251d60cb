// The words for what a verification has found wrong: what failed, what is still safe. Never more than was computed.

import { keyLabel } from '../../lib/audit/checkpoint';
import type { Fault, Seen } from '../../lib/audit/verdict';
import { dateTime } from '../../lib/format';
import { t, tn } from '../../lib/i18n.svelte';

const records = (count: number): string => tn('audit.count', count);
/** The id in a key's text: `name+id+key`. */
const idOf = (key: string): string => `ed25519:${key.split('+')[1] ?? ''}`;

/** What failed. */
export function faultText(fault: Fault): string {
  switch (fault.kind) {
    case 'otherKey':
      return t('verify.fault.otherKey', { now: keyLabel(fault.now), at: dateTime(fault.seen.at, true), before: idOf(fault.seen.key) });
    case 'shrunk':
      return t('verify.fault.shrunk', { size: records(fault.size), at: dateTime(fault.seen.at, true), before: records(fault.seen.size) });
    case 'rewritten':
      return t('verify.fault.rewritten', { at: dateTime(fault.seen.at, true), before: records(fault.seen.size) });
    case 'changedRecord':
    case 'badLine':
    case 'damagedRecord':
      return t(`verify.fault.${fault.kind}`, { id: String(fault.id) });
    case 'wrongTree':
      return t('verify.fault.wrongTree', { from: String(fault.from), to: String(fault.to) });
    default:
      return t(`verify.fault.${fault.kind}`);
  }
}

/** What is still safe, as far as it was computed. */
export function safeText(fault: Fault, confirmed: number, seen: Seen | undefined): string | undefined {
  if (confirmed > 0 && seen) return t('verify.confirmed', { confirmed: String(confirmed), at: dateTime(seen.at, true) });
  const hasOwnHashes = fault.kind === 'changedRecord' || fault.kind === 'badLine' || fault.kind === 'damagedRecord';
  return hasOwnHashes && fault.id > 1 ? t('verify.before', { before: String(fault.id - 1) }) : undefined;
}
