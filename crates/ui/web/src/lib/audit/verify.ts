// Verification of the audit log in the browser: signature, continuation of what this browser has seen, and every record
// up to the signed root. Ends with what is certain or with the first thing that is wrong, never with more.
//
// It asks a `LogSource` and remembers in a `Memory`; it knows neither HTTP nor the screen.

import { BadBundle, linesOf, readHead, readRecord, type BundleRecord } from './bundle';
import { equal, fromHex, utf8, type Bytes } from './bytes';
import { canVerify, openNote, parseKey, type Checkpoint } from './checkpoint';
import { Frontier, leafHash, provesConsistency, provesInclusion } from './merkle';
import type { Continued, Fault, Seen, Verdict } from './verdict';

/** Where the log comes from. Whatever it answers is only believed as far as it is proved. */
export interface LogSource {
  checkpoint(): Promise<{ key: string; note: string | null }>;
  /** The hashes of the proof that the log of `first` records is the beginning of that of `second`. */
  consistency(first: number, second: number): Promise<string[]>;
  /** The bytes of a record as text, if they are still there, with the proof that it is in the log of `size` records. */
  proof(id: number, size: number): Promise<{ record?: string; leafHash: string; hashes: string[] }>;
  /** The export of `count` records from this place on, as bytes. */
  bundle(place: number, count: number): AsyncIterable<Uint8Array>;
  /** Whether the server says of this record that it is damaged. */
  isDamaged(place: number): Promise<boolean>;
}

/** What this browser remembers of a log, by the log's name. */
export interface Memory {
  recall(log: string): Seen | undefined;
  keep(log: string, seen: Seen): void;
}

export interface Effort {
  progress?: (done: number, total: number) => void;
  signal?: AbortSignal;
  now?: () => Date;
}

/** Records per request; the server gives at most as many. */
const BUNDLE_RECORDS = 10_000;
/** Records whose hashes are computed together. */
const BATCH_RECORDS = 512;

class Broken extends Error {
  constructor(readonly fault: Fault) {
    super(fault.kind);
  }
}

/** Looks at the signature and at what this browser remembers: a few requests, however long the log is. */
export async function verifyContinuation(source: LogSource, memory: Memory, effort: Effort = {}): Promise<Verdict> {
  return judged(async (recall) => {
    const proof = await continuation(source, memory, effort, recall);
    return proof ? { state: 'continued', proof } : { state: 'empty' };
  });
}

/** Recomputes every record up to a checkpoint that was checked before. */
export async function verifyRecords(source: LogSource, proof: Continued, effort: Effort = {}): Promise<Verdict> {
  const pass = new Pass(source, proof, effort);
  try {
    const expired = await pass.run();
    const at = (effort.now ?? (() => new Date()))();
    return { state: 'verified', proof: { ...proof, expired, records: pass.size }, at };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { state: 'broken', fault: error.fault, confirmed: pass.confirmed, seen: proof.seen };
  }
}

/** What is kept while judging: the remembered checkpoint, so that a verdict can name it. */
interface Recalled {
  seen: Seen | undefined;
}

async function judged(work: (recall: Recalled) => Promise<Verdict>): Promise<Verdict> {
  if (!(await canVerify())) return { state: 'unable' };
  const recall: Recalled = { seen: undefined };
  try {
    return await work(recall);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { state: 'broken', fault: error.fault, confirmed: 0, seen: recall.seen };
  }
}

async function continuation(
  source: LogSource,
  memory: Memory,
  effort: Effort,
  recall: Recalled,
): Promise<Continued | undefined> {
  const { key: keyText, note } = await source.checkpoint();
  const key = await parseKey(keyText);
  if (!key) throw new Broken({ kind: 'badKey' });
  const seen = (recall.seen = memory.recall(key.name));
  if (seen && seen.key !== key.text) throw new Broken({ kind: 'otherKey', seen, now: key });
  if (note === null) {
    if (seen) throw new Broken({ kind: 'shrunk', seen, size: 0 });
    return undefined;
  }
  const checkpoint = await openNote(note, key);
  if (typeof checkpoint === 'string') throw new Broken({ kind: 'badCheckpoint', why: checkpoint });
  // What the browser keeps is checked as well: a note that is not signed says nothing.
  const before = seen && (await openNote(seen.note, key));
  const continued = before && typeof before !== 'string' ? seen : undefined;
  if (continued) await demandContinuation(source, before as Checkpoint, checkpoint, continued);
  const at = (effort.now ?? (() => new Date()))().toISOString();
  memory.keep(key.name, { key: key.text, note, size: checkpoint.size, time: checkpoint.time, at });
  return { key, checkpoint, seen: continued };
}

async function demandContinuation(source: LogSource, before: Checkpoint, now: Checkpoint, seen: Seen): Promise<void> {
  const { size } = now;
  if (before.size > size) throw new Broken({ kind: 'shrunk', seen, size });
  const isSame = before.size === size;
  const hashes = isSame ? [] : parseHashes(await source.consistency(before.size, size));
  const proved = hashes && (await provesConsistency(before.size, size, hashes, before.root, now.root));
  if (!proved) throw new Broken({ kind: 'rewritten', seen, size });
}

function parseHashes(texts: string[]): Bytes[] | undefined {
  const hashes = texts.map((text) => fromHex(text, 32));
  return hashes.every((hash) => hash !== undefined) ? hashes : undefined;
}

/** One pass over all records up to a checkpoint. */
class Pass {
  #frontier = new Frontier();
  #expired = 0;
  /** Where the export before has begun: if the next disagrees, the difference lies from there on. */
  #from = 0;
  /** Records before this one agree with a checkpoint that this browser keeps. */
  confirmed = 0;

  constructor(
    private readonly source: LogSource,
    private readonly proof: Continued,
    private readonly effort: Effort,
  ) {}

  get size(): number {
    return this.#frontier.size;
  }

  async run(): Promise<number> {
    const { checkpoint, seen } = this.proof;
    // Stopping where the remembered checkpoint ends says on which side of it a difference lies.
    for (const end of seen ? [seen.size, checkpoint.size] : [checkpoint.size]) {
      await this.#upTo(end);
      if (end === seen?.size && end < checkpoint.size) await this.#compareRemembered(seen);
    }
    await this.#compare(checkpoint);
    return this.#expired;
  }

  async #compareRemembered(seen: Seen): Promise<void> {
    const before = await openNote(seen.note, this.proof.key);
    if (typeof before !== 'string') await this.#compare(before);
  }

  async #compare(checkpoint: Checkpoint): Promise<void> {
    if (!equal(await this.#frontier.root(), checkpoint.root)) {
      throw new Broken({ kind: 'wrongTree', from: this.confirmed + 1, to: checkpoint.size });
    }
    this.confirmed = checkpoint.size;
  }

  async #upTo(end: number): Promise<void> {
    let most = BUNDLE_RECORDS;
    while (this.size < end) {
      this.effort.signal?.throwIfAborted();
      const before = this.size;
      try {
        await this.#take(Math.min(most, end - before));
        this.#from = before;
      } catch (error) {
        if (error instanceof BadBundle) throw new Broken(faultOf(error));
        const isOver = error instanceof Broken || this.effort.signal?.aborted;
        if (isOver || (most === 1 && !(await this.source.isDamaged(before)))) throw error;
        if (most === 1) throw new Broken({ kind: 'damagedRecord', id: before + 1 });
        // The server breaks off an export that reaches a damaged record: smaller ones lead to it.
        if (this.size === before) most = Math.max(1, Math.floor(Math.min(most, end - before) / 2));
      }
    }
  }

  async #take(count: number): Promise<void> {
    const lines = linesOf(this.source.bundle(this.size, count));
    try {
      const head = await readHead(lines);
      const isOurs = head.key === this.proof.key.text && head.first === this.size;
      if (!isOurs || head.count < 1 || head.count > count) throw new Broken({ kind: 'badHead' });
      const edges = [head.before.hashes(), this.#frontier.hashes()] as const;
      if (!edges[0].every((hash, place) => equal(hash, edges[1][place]!))) {
        throw new Broken({ kind: 'wrongTree', from: this.#from + 1, to: this.size });
      }
      const end = this.size + head.count;
      while (this.size < end) await this.#batch(lines, Math.min(BATCH_RECORDS, end - this.size));
    } finally {
      await lines.return(undefined);
    }
  }

  async #batch(lines: ReturnType<typeof linesOf>, count: number): Promise<void> {
    const pending: Promise<BundleRecord>[] = [];
    let isCut = false;
    while (pending.length < count && !isCut) {
      const { value, done } = await lines.next();
      isCut = done === true || !value.whole;
      if (!isCut) pending.push(readRecord(value as { bytes: Bytes; whole: boolean }, this.size + pending.length));
    }
    const leaves: Bytes[] = [];
    let fault: unknown;
    for (const settled of await Promise.allSettled(pending)) {
      fault = settled.status === 'rejected' ? settled.reason : faultIn(settled.value);
      if (fault || settled.status === 'rejected') break;
      leaves.push(settled.value.stored);
      this.#expired += settled.value.computed ? 0 : 1;
    }
    await this.#frontier.append(leaves);
    this.effort.progress?.(this.size, this.proof.checkpoint.size);
    if (fault) throw fault;
    if (isCut) throw new Error('the export ended before its last record');
  }
}

function faultIn(record: BundleRecord): Broken | undefined {
  const agrees = !record.computed || equal(record.computed, record.stored);
  return agrees ? undefined : new Broken({ kind: 'changedRecord', id: record.place + 1 });
}

const faultOf = (bad: BadBundle): Fault =>
  bad.part === 'head' ? { kind: 'badHead' } : { kind: 'badLine', id: bad.place + 1 };

/** What one record's proof comes to. */
export type RecordProof =
  /** The record's own text, which is what is in the log. */
  | { state: 'proved'; text: string; size: number }
  | { state: 'expired'; size: number }
  | { state: 'refuted' }
  | { state: 'newer' };

/** Proves that one record is in the log of a checkpoint that was checked before. */
export async function proveRecord(source: LogSource, id: number, checkpoint: Checkpoint): Promise<RecordProof> {
  const { size, root } = checkpoint;
  if (id > size) return { state: 'newer' };
  const { record, leafHash: told, hashes: texts } = await source.proof(id, size);
  const leaf = record === undefined ? fromHex(told, 32) : await leafHash(utf8(record));
  const hashes = parseHashes(texts);
  if (!leaf || !hashes || !(await provesInclusion(leaf, id - 1, size, hashes, root))) return { state: 'refuted' };
  return record === undefined ? { state: 'expired', size } : { state: 'proved', text: record, size };
}
