// Reads an exported bundle of the audit log while it arrives: a head and one line per record. Checks the form of
// every line and the check sum of the head; what the records come to is decided by verify.ts. The checkpoint at the end
// is not read: the records are measured by one that was fetched before.

import { fromHex, parseCount, toHex, utf8, type Bytes } from './bytes';
import { Frontier, leafHash, sha256 } from './merkle';

const FORMAT = 'holdfast-audit-bundle 1';
/** Longest line that is read, in bytes. */
const LINE_BYTES_MAX = 16 << 20;
const HEAD_LINES_MAX = 110;

/** What a bundle says of itself before its first record. */
interface BundleHead {
  readonly key: string;
  /** The place of the first record, from 0. */
  readonly first: number;
  readonly count: number;
  /** The tree before the first record. */
  readonly before: Frontier;
}

/** One record's line. Its hash was computed here unless the record has expired. */
export interface BundleRecord {
  readonly place: number;
  /** The hash that the log keeps beside the record. */
  readonly stored: Bytes;
  /** The hash of the bytes; nothing if a retention rule has removed them. */
  readonly computed: Bytes | undefined;
  readonly bytes: Bytes | undefined;
}

/** Why a bundle could not be read on. */
export class BadBundle extends Error {
  constructor(
    readonly part: 'head' | 'record',
    /** The record that belongs there. */
    readonly place: number,
  ) {
    super(`the bundle's ${part} is not of the known form`);
  }
}

/** The lines of a stream of bytes, without their ends. The last may be cut off: `whole` tells. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ bytes: Bytes; whole: boolean }> {
  let rest: Bytes = new Uint8Array();
  for await (const chunk of chunks) {
    let data = new Uint8Array(rest.length + chunk.length);
    data.set(rest);
    data.set(chunk, rest.length);
    let from = rest.length;
    for (let end = data.indexOf(10, from); end >= 0; end = data.indexOf(10, from)) {
      yield { bytes: data.slice(0, end), whole: true };
      data = data.subarray(end + 1);
      from = 0;
    }
    rest = data.slice();
    if (rest.length > LINE_BYTES_MAX) break;
  }
  if (rest.length > 0) yield { bytes: rest, whole: false };
}

const decode = (bytes: Bytes): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

/** Reads the head; every line of it is covered by its check sum. */
export async function readHead(lines: AsyncIterator<{ bytes: Bytes; whole: boolean }>): Promise<BundleHead> {
  const bad = new BadBundle('head', 0);
  const head: string[] = [];
  for (;;) {
    const { value, done } = await lines.next();
    if (done || !value.whole || head.length === HEAD_LINES_MAX) throw bad;
    const line = textOr(value.bytes, bad);
    if (line.startsWith('check ')) {
      const check = toHex(await sha256(utf8(head.map((text) => `${text}\n`).join(''))));
      if (line !== `check ${check}`) throw bad;
      break;
    }
    head.push(line);
  }
  const [format, keyLine, firstLine, countLine, edgeLine, ...proofs] = head;
  const key = after('key ', keyLine);
  const first = parseCount(after('first ', firstLine) ?? '');
  const count = parseCount(after('count ', countLine) ?? '');
  const hashes = (after('edge', edgeLine) ?? '-')
    .split(' ')
    .map((text, place) => (place === 0 ? text === '' || undefined : fromHex(text, 32)));
  if (format !== FORMAT || !key || first === undefined || count === undefined || hashes.includes(undefined)) throw bad;
  if (!proofs.every((line) => line.startsWith('proof '))) throw bad;
  const before = Frontier.of(first, hashes.slice(1) as Bytes[]);
  if (!before) throw bad;
  return { key, first, count, before };
}

function after(mark: string, line: string | undefined): string | undefined {
  return line?.startsWith(mark) ? line.slice(mark.length) : undefined;
}

function textOr(bytes: Bytes, bad: BadBundle): string {
  try {
    return decode(bytes);
  } catch {
    throw bad;
  }
}

/** Reads the line of the record at this place and computes its hash. */
export async function readRecord(line: { bytes: Bytes; whole: boolean }, place: number): Promise<BundleRecord> {
  const bad = new BadBundle('record', place);
  const mark = utf8(`${place} `);
  const start = mark.length + 65;
  const isHere = mark.every((byte, at) => line.bytes[at] === byte) && line.bytes[start - 1] === 32;
  const stored = isHere ? fromHex(textOr(line.bytes.slice(mark.length, start - 1), bad), 32) : undefined;
  if (!line.whole || !stored) throw bad;
  const bytes = line.bytes.slice(start);
  if (bytes[0] === 0x7b) return { place, stored, computed: await leafHash(bytes), bytes };
  // Of an expired record only the hash is left, with the hash of that hash beside it.
  if (textOr(bytes, bad) !== `expired ${toHex(await sha256(stored))}`) throw bad;
  return { place, stored, computed: undefined, bytes: undefined };
}
