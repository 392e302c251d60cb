// Whole verifications, on the bundles of the program's own tests and on logs that were tampered with.
import { beforeEach, describe, expect, it } from 'vitest';
import { fromHex, toHex, utf8, type Bytes } from './bytes';
import { browserMemory } from './memory';
import { Frontier, leafHash } from './merkle';
import { vectorsOf } from './sample-vectors';
import { proveRecord, verifyContinuation, verifyRecords, type LogSource, type Memory } from './verify';
import type { Verdict } from './verdict';

interface Vector {
  about: string;
  bundle: string;
  kept: string[];
  valid: boolean;
  first: number;
  size: number;
  expired: number;
  fault?: string;
  sequence?: number;
}

const vectors: Vector[] = vectorsOf('bundles');
const consistency: { first: number; second: number; hashes: string[]; firstRoot: string; secondRoot: string; valid: boolean }[] =
  vectorsOf('tree').consistency;
const whole = vectors.find((vector) => vector.about === 'the whole log')!.bundle;
const noteOf = (bundle: string): string => bundle.slice(bundle.lastIndexOf('\nholdfast/t100/audit\n') + 1);
const keyOf = (bundle: string): string => /^key (.*)$/m.exec(bundle)![1]!;

async function* inPieces(bytes: Bytes): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 700) yield bytes.slice(at, at + 700);
}

/** A server that has the log of one bundle and gives all of it at once. */
function serverOf(bundle: string, changes: Partial<LogSource> = {}): LogSource {
  return {
    checkpoint: async () => ({ key: keyOf(bundle), note: noteOf(bundle) }),
    consistency: async (first, second) =>
      consistency.find((proof) => proof.first === first && proof.second === second && proof.valid)?.hashes ?? [],
    proof: async () => ({ leafHash: '', hashes: [] }),
    bundle: () => inPieces(utf8(bundle)),
    isDamaged: async () => false,
    ...changes,
  };
}

/** A server that answers any part of the log, as long as it reaches none of the damaged places. */
function damagedServer(bundle: string, damaged: number): LogSource {
  const lines = bundle.split('\n').filter((line) => /^\d+ [0-9a-f]{64} /.test(line));
  const leaves = lines.map((line) => line.split(' ')[1]!);
  return serverOf(bundle, {
    isDamaged: async (place) => place === damaged,
    async *bundle(place, count) {
      if (place <= damaged && damaged < place + count) throw new Error('500');
      const edge = (await frontierOf(leaves.slice(0, place))).hashes().map(toHex);
      const head = `holdfast-audit-bundle 1\nkey ${keyOf(bundle)}\nfirst ${place}\ncount ${count}\nedge${edge.map((text) => ` ${text}`).join('')}\n`;
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(head)));
      yield utf8(`${head}check ${toHex(digest)}\n${lines.slice(place, place + count).join('\n')}\n${noteOf(bundle)}`);
    },
  });
}

async function frontierOf(leaves: string[]): Promise<Frontier> {
  const frontier = new Frontier();
  await frontier.append(leaves.map((leaf) => fromHex(leaf, 32)!));
  return frontier;
}

/** Everything that a browser does when the whole log is to be verified. */
async function verifyLog(source: LogSource, memory: Memory): Promise<Verdict> {
  const verdict = await verifyContinuation(source, memory);
  return verdict.state === 'continued' ? verifyRecords(source, verdict.proof) : verdict;
}

const brokenBy = (verdict: Verdict) => (verdict.state === 'broken' ? verdict.fault : verdict.state);

beforeEach(() => localStorage.clear());

describe('a whole log', () => {
  it.each(vectors.filter((vector) => vector.first === 0 && vector.kept.length === 0))('$about', async (vector) => {
    const verdict = await verifyLog(serverOf(vector.bundle), browserMemory());
    const size = verdict.state === 'verified' ? verdict.proof.records : undefined;
    if (vector.valid && size === vector.size) {
      expect(verdict.state === 'verified' && verdict.proof.expired).toBe(vector.expired);
    } else if (!vector.valid) {
      expect(verdict.state).not.toBe('verified');
      if (vector.fault === 'hash' || vector.fault === 'line') {
        expect(brokenBy(verdict)).toMatchObject({ id: vector.sequence! + 1 });
      }
    }
  });

  it('is verified and remembered', async () => {
    const memory = browserMemory();
    expect(await verifyLog(serverOf(whole), memory)).toMatchObject({ state: 'verified', proof: { records: 13, expired: 0 } });
    expect(memory.recall('holdfast/t100/audit')).toMatchObject({ size: 13 });
    expect(await verifyContinuation(serverOf(whole), memory)).toMatchObject({ state: 'continued', proof: { seen: { size: 13 } } });
  });

  it('names the first record whose bytes were changed, and remembers what it did before', async () => {
    const changed = whole.replace('Pump 4 ', 'Pump X ').replace('Pump 9 ', 'Pump Y ');
    expect(brokenBy(await verifyLog(serverOf(changed), browserMemory()))).toEqual({ kind: 'changedRecord', id: 5 });
  });

  it('finds a record that was changed together with its hash', async () => {
    const line = whole.split('\n').find((text) => text.includes('Pump 4 '))!;
    const forged = line.replace('Pump 4 ', 'Pump X ').slice(67);
    const hash = toHex(await leafHash(utf8(forged)));
    const changed = whole.replace(line, `4 ${hash} ${forged}`);
    expect(brokenBy(await verifyLog(serverOf(changed), browserMemory()))).toEqual({ kind: 'wrongTree', from: 1, to: 13 });
  });

  it('names the record that the server itself calls damaged, without reading one by one', async () => {
    const asked: number[] = [];
    const server = damagedServer(whole, 6);
    const counted = { ...server, bundle: (place: number, count: number) => (asked.push(place), server.bundle(place, count)) };
    expect(brokenBy(await verifyLog(counted, browserMemory()))).toEqual({ kind: 'damagedRecord', id: 7 });
    expect(asked.length).toBeLessThan(10);
  });

  it('does not judge a log that the server does not hand out', async () => {
    const server = serverOf(whole, {
      async *bundle() {
        throw new Error('no connection');
      },
    });
    await expect(verifyLog(server, browserMemory())).rejects.toThrow('no connection');
  });
});

describe('what this browser has seen', () => {
  const later = { key: keyOf(whole), note: noteOf(whole), size: 13, time: '2026-09-21T14:15:00.000Z', at: 'then' };

  it('is compared: a log that became shorter is broken', async () => {
    const memory = browserMemory();
    memory.keep('holdfast/t100/audit', later);
    const shorter = vectors.find((vector) => vector.valid && vector.first === 0 && /^holdfast\/t100\/audit\n(?!13)/m.test(noteOf(vector.bundle)));
    const server = shorter ? serverOf(shorter.bundle) : serverOf(whole, { checkpoint: async () => ({ key: keyOf(whole), note: null }) });
    expect(brokenBy(await verifyContinuation(server, memory))).toMatchObject({ kind: 'shrunk' });
    expect(memory.recall('holdfast/t100/audit')).toEqual(later);
  });

  it('is compared: another key is not the log that was seen', async () => {
    const memory = browserMemory();
    memory.keep('holdfast/t100/audit', { ...later, key: 'holdfast/t100/audit+00000000+AQ==' });
    expect(brokenBy(await verifyContinuation(serverOf(whole), memory))).toMatchObject({ kind: 'otherKey' });
  });

  it('says nothing if what is kept there is not signed', async () => {
    const memory = browserMemory();
    memory.keep('holdfast/t100/audit', { ...later, size: 12, note: later.note.replace('\n13\n', '\n12\n') });
    expect(await verifyContinuation(serverOf(whole), memory)).toMatchObject({ state: 'continued', proof: { seen: undefined } });
  });
});

describe('one record', () => {
  it('is proved only by its own bytes', async () => {
    const verdict = await verifyContinuation(serverOf(whole), browserMemory());
    const checkpoint = verdict.state === 'continued' ? verdict.proof.checkpoint : undefined;
    expect(checkpoint).toBeDefined();
    const record = /^4 [0-9a-f]{64} (.*)$/m.exec(whole)![1]!;
    const leaves = [...whole.matchAll(/^\d+ ([0-9a-f]{64}) /gm)].map((found) => found[1]!);
    const hashes = await inclusionOf(leaves, 4);
    const proof = (text: string) => serverOf(whole, { proof: async () => ({ record: text, leafHash: leaves[4]!, hashes }) });
    expect(await proveRecord(proof(record), 5, checkpoint!)).toEqual({ state: 'proved', text: record, size: 13 });
    expect(await proveRecord(proof(record.replace('Pump 4', 'Pump 5')), 5, checkpoint!)).toEqual({ state: 'refuted' });
    expect(await proveRecord(proof(record), 6, checkpoint!)).toEqual({ state: 'refuted' });
    expect(await proveRecord(proof(record), 14, checkpoint!)).toEqual({ state: 'newer' });
  });
});

/** The proof for a place of a small log, straight from the definition (RFC 9162 section 2.1.3.1). */
async function inclusionOf(leaves: string[], place: number): Promise<string[]> {
  if (leaves.length <= 1) return [];
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return place < split
    ? [...(await inclusionOf(left, place)), await rootOf(right)]
    : [...(await inclusionOf(right, place - split)), await rootOf(left)];
}

async function rootOf(leaves: string[]): Promise<string> {
  return toHex(await (await frontierOf(leaves)).root());
}
