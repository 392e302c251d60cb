// What a verification can come to, as plain values: no texts and no markup. Places are counted from 0, ids of records
// from 1, as the API shows them.

import type { BadCheckpoint, Checkpoint, LogKey } from './checkpoint';

/** The first thing that is wrong with the log. */
export type Fault =
  /** The log is signed by another key than the one that this browser has seen. */
  | { kind: 'otherKey'; seen: Seen; now: LogKey }
  /** What the server calls its key is no key. */
  | { kind: 'badKey' }
  /** The checkpoint is not one that the key has signed. */
  | { kind: 'badCheckpoint'; why: BadCheckpoint }
  /** The log has fewer records than this browser has seen. */
  | { kind: 'shrunk'; seen: Seen; size: number }
  /** The log does not begin with the log that this browser has seen. */
  | { kind: 'rewritten'; seen: Seen; size: number }
  /** A record's bytes do not have the hash that the log keeps for it. */
  | { kind: 'changedRecord'; id: number }
  /** The export has something else where the line of this record belongs. */
  | { kind: 'badLine'; id: number }
  /** The server itself says that its copy of this record is damaged. */
  | { kind: 'damagedRecord'; id: number }
  /** Every record has its own hash, but together they do not give what was signed: between these two, both included. */
  | { kind: 'wrongTree'; from: number; to: number }
  /** The head of an export is damaged or of another log. */
  | { kind: 'badHead' };

/** A checkpoint that this browser has seen before. */
export interface Seen {
  readonly key: string;
  readonly note: string;
  readonly size: number;
  readonly time: string;
  /** When this browser has seen it. */
  readonly at: string;
}

/** What is certain after looking at the signature and at what this browser remembers, without the records. */
export interface Continued {
  readonly key: LogKey;
  readonly checkpoint: Checkpoint;
  /** The remembered checkpoint that the log provably continues; nothing on the first visit. */
  readonly seen: Seen | undefined;
}

/** What is certain after recomputing every record. */
export interface Verified extends Continued {
  /** Records of which a retention rule has left only the hash. */
  readonly expired: number;
  readonly records: number;
}

export type Verdict =
  | { state: 'empty' }
  /** This browser cannot compute it: an insecure page, or no Ed25519. */
  | { state: 'unable' }
  | { state: 'continued'; proof: Continued }
  | { state: 'verified'; proof: Verified; at: Date }
  /** Records before `confirmed` (a count) agree with a signed checkpoint that this browser keeps. */
  | { state: 'broken'; fault: Fault; confirmed: number; seen: Seen | undefined };

/** The id of the first bad record, if one can be named. */
export function badRecord(fault: Fault): number | undefined {
  return 'id' in fault ? fault.id : undefined;
}
