import { expect, it } from 'vitest';
import type { AuditRecord } from '../../lib/audit/source';
import { lastChange } from './asked';

const record = (id: string, outcome: string, user = 'smith') =>
  ({ id, user, creationTime: `2026-11-22T0${id}:00:00Z`, holdfast_Audit: { outcome } }) as unknown as AuditRecord;

it('the newest change of an option is its last, and one that was refused is none', () => {
  const found = lastChange([record('4', 'denied', 'mallory'), record('3', 'success'), record('2', 'success', 'jones')]);
  expect(found).toEqual({ user: 'smith', at: '2026-11-22T03:00:00Z', record: '3' });
  expect(lastChange([record('4', 'denied')])).toBeUndefined();
});
