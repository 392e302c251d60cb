// The verification of this tenant's audit log in this page: its verdict, its progress, and the proofs of single records.
// One for the whole console, so that every seal says the same.

import { ApiError } from '../api';
import type { SealState } from '../../ui/Seal.svelte';
import { browserMemory } from './memory';
import { logSource, type AuditRecord } from './source';
import { differences } from './shown';
import { proveRecord, verifyContinuation, verifyRecords, type Effort, type RecordProof } from './verify';
import type { Checkpoint } from './checkpoint';
import type { Verdict } from './verdict';

/** Logs up to this size are recomputed without being asked. */
const UNASKED_RECORDS_MAX = 20_000;

export type Proof = RecordProof | { state: 'differs'; text: string; size: number; names: string[] };

let verdict = $state.raw<Verdict>();
let error = $state.raw<ApiError>();
let progress = $state.raw<{ done: number; total: number }>();
let running: AbortController | undefined;

async function judge(work: (signal: AbortSignal) => Promise<Verdict>): Promise<void> {
  running?.abort();
  const own = (running = new AbortController());
  error = undefined;
  progress = { done: 0, total: 0 };
  try {
    const judged = await work(own.signal);
    if (!own.signal.aborted) verdict = judged;
  } catch (reason) {
    if (own.signal.aborted) return;
    error = reason instanceof ApiError ? reason : new ApiError(-1, 'console', reason instanceof Error ? reason.message : '');
  } finally {
    if (running === own) progress = undefined;
  }
}

export const check = {
  get verdict(): Verdict | undefined {
    return verdict;
  },
  /** Why no verdict could be reached: no connection, no permission. It says nothing about the log. */
  get error(): ApiError | undefined {
    return error;
  },
  get progress(): { done: number; total: number } | undefined {
    return progress;
  },
  /** Green only after every record was computed here. */
  get seal(): SealState {
    if (verdict?.state === 'broken') return 'broken';
    if (progress) return 'checking';
    return verdict?.state === 'verified' ? 'verified' : 'unchecked';
  },
  /** The checkpoint by which single records are measured; none if the log is broken or was not looked at. */
  get checkpoint(): Checkpoint | undefined {
    return verdict?.state === 'verified' || verdict?.state === 'continued' ? verdict.proof.checkpoint : undefined;
  },
  /** Looks at signature and continuation, and at every record if there are not too many. */
  begin(): Promise<void> {
    return judge((signal) => upTo(UNASKED_RECORDS_MAX, signal));
  },
  /** Recomputes every record. */
  all(): Promise<void> {
    return judge((signal) => upTo(Infinity, signal));
  },
  stop(): void {
    running?.abort();
    running = undefined;
    progress = undefined;
  },
  /** Forgets what this browser has seen of a log. What it knew then is lost. */
  forget(log: string): void {
    browserMemory().forget(log);
    verdict = undefined;
  },
  /** Proves that a record is in the log, and that it is shown as it is there. */
  async prove(record: AuditRecord, checkpoint: Checkpoint): Promise<Proof> {
    const proof = await proveRecord(logSource(), Number(record.id), checkpoint);
    if (proof.state !== 'proved') return proof;
    const names = differences(record, proof.text);
    return names.length > 0 ? { ...proof, state: 'differs', names } : proof;
  },
};

/** Signature and continuation, and every record if there are not more than that. */
async function upTo(records: number, signal: AbortSignal): Promise<Verdict> {
  const source = logSource(signal);
  const first = await verifyContinuation(source, browserMemory(), { signal });
  if (first.state !== 'continued' || first.proof.checkpoint.size > records) return first;
  const effort: Effort = {
    signal,
    progress: (done, total) => {
      if (!signal.aborted) progress = { done, total };
    },
  };
  return verifyRecords(source, first.proof, effort);
}
