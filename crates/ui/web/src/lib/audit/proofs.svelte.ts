// Proofs of the records of a list, made when somebody asks: each is a question that the log records itself.

import type { SealState } from '../../ui/Seal.svelte';
import type { ApiError } from '../api';
import { shownError } from '../resource.svelte';
import { check, type Proof } from './check.svelte';
import type { AuditRecord } from './source';

/** A proof is about what was shown: the same record shown otherwise is not proved by it. */
const shown = (record: AuditRecord): string => JSON.stringify(record);

export class Proofs {
  #found = $state.raw(new Map<string, Proof>());
  busy = $state(false);
  /** Why the last proving ended early. */
  error = $state.raw<ApiError>();

  /** Proves those that are not proved yet, one after the other. */
  async prove(records: readonly AuditRecord[]): Promise<void> {
    const { checkpoint } = check;
    if (!checkpoint || this.busy) return;
    this.busy = true;
    this.error = undefined;
    try {
      for (const record of records) {
        if (record.type === undefined || this.#found.has(shown(record))) continue;
        this.#found = new Map(this.#found).set(shown(record), await check.prove(record, checkpoint));
      }
    } catch (reason) {
      this.error = shownError(reason);
    } finally {
      this.busy = false;
    }
  }

  /** Green only for a record that was proved here and is shown as it is in the log. */
  seal(record: AuditRecord): SealState {
    const state = this.#found.get(shown(record))?.state;
    if (record.type === undefined || state === 'refuted' || state === 'differs' || check.seal === 'broken') return 'broken';
    return state === 'proved' ? 'verified' : 'unchecked';
  }
}
