import { beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '../api';
import type { AuditRecord } from './source';

const prove = vi.hoisted(() => vi.fn());
vi.mock('./check.svelte', () => ({ check: { checkpoint: { size: 9 }, seal: 'verified', prove } }));
const { Proofs } = await import('./proofs.svelte');
const record: AuditRecord = { id: '7', type: 'User', text: 'as it is' };
beforeEach(() => {
  prove.mockReset();
});

it('a record that is shown otherwise than when it was proved is not verified any more', async () => {
  prove.mockResolvedValue({ state: 'proved', text: '', size: 9 });
  const proofs = new Proofs();
  await proofs.prove([record]);
  expect(proofs.seal({ ...record })).toBe('verified');
  expect(proofs.seal({ ...record, text: 'otherwise' })).toBe('unchecked');
});

it('that proving failed is kept to be shown', async () => {
  prove.mockRejectedValue(new ApiError(503, 'general/Unavailable', 'later'));
  const proofs = new Proofs();
  await proofs.prove([record]);
  expect([proofs.error?.status, proofs.busy, proofs.seal(record)]).toEqual([503, false, 'unchecked']);
});
