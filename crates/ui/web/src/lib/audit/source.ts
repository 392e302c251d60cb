// The audit log as the platform's REST API gives it. Nothing here is believed: verify.ts measures it.

import { get, path, request, send } from '../api';
import type { LogSource } from './verify';

/** What the API shows of a record. Properties of clients stand in it too. */
export interface AuditRecord {
  id: string;
  /** Missing if the platform's copy of the record is damaged. */
  type?: string;
  activity?: string;
  text: string;
  time?: string;
  creationTime?: string;
  severity?: string;
  user?: string;
  application?: string;
  source?: { id: string };
  changes?: { attribute: string; type: string; changeType: string; previousValue: unknown; newValue: unknown }[];
  holdfast_Audit?: {
    outcome?: string;
    actorKind?: string;
    origin?: string;
    reason?: string;
    principal?: string;
    address?: string;
    count?: number;
  };
  [fragment: string]: unknown;
}

export function logSource(signal?: AbortSignal): LogSource {
  const options = signal ? { signal } : {};
  return {
    checkpoint: () => get('/audit/checkpoints', options),
    async consistency(first, second) {
      const query = { first, second };
      return (await get<{ hashes: string[] }>('/audit/proofs/consistency', { ...options, query })).hashes;
    },
    proof: (id, size) => get(path`/audit/auditRecords/${id}/proof`, { ...options, query: { size } }),
    async *bundle(place, count) {
      const call = { method: 'GET', path: '/audit/bundle', query: { first: place + 1, count } } as const;
      const answer = await request(call, { ...options, headers: { accept: 'text/plain' } });
      const reader = answer.body!.getReader();
      try {
        for (;;) {
          const { value, done } = await reader.read();
          if (done) return;
          yield value;
        }
      } finally {
        // Whoever stops reading early does not want the rest.
        await reader.cancel().catch(() => undefined);
      }
    },
    async isDamaged(place) {
      const record = await send<AuditRecord>({ method: 'GET', path: path`/audit/auditRecords/${place + 1}` }, options);
      return record.type === undefined;
    },
  };
}
