// The Merkle tree over audit records (RFC 6962 section 2.1, RFC 9162 sections 2.1.3 and 2.1.4): hashes, the root of a
// growing log, and checks of inclusion and consistency proofs. Knows hashes, not records and not where they come from.
//
// Sizes and places are plain numbers (a log stays far below 2^53), so shifting is done by division: the bit operators
// of the language cut to 32 bits.

import { equal, join, type Bytes } from './bytes';

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);

/** The hash of one record's bytes. */
export const leafHash = (record: Bytes): Promise<Bytes> => sha256(join(LEAF, record));

/** The hash over two neighbouring subtrees. */
const nodeHash = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(join(NODE, left, right));

const half = (count: number): number => Math.floor(count / 2);
const isOdd = (count: number): boolean => count % 2 === 1;
const isPowerOfTwo = (count: number): boolean => Number.isInteger(Math.log2(count)) && 2 ** Math.log2(count) === count;

/** The right edge of a tree: all that is needed to append. Its complete subtrees are kept by their level. */
export class Frontier {
  #size = 0;
  readonly #subtrees: (Bytes | undefined)[] = [];

  /** The edge of a tree of `size` records from its hashes, the largest subtree first; nothing if their number is wrong. */
  static of(size: number, hashes: readonly Bytes[]): Frontier | undefined {
    const frontier = new Frontier();
    frontier.#size = size;
    const rest = [...hashes];
    for (let level = 0, left = size; left > 0; level++, left = half(left)) {
      if (isOdd(left)) frontier.#subtrees[level] = rest.pop();
      if (isOdd(left) && !frontier.#subtrees[level]) return undefined;
    }
    return rest.length === 0 ? frontier : undefined;
  }

  get size(): number {
    return this.#size;
  }

  /** The complete subtrees, the largest first. */
  hashes(): Bytes[] {
    return this.#subtrees.filter((hash) => hash !== undefined).reverse();
  }

  /** Appends records by their leaf hashes, level by level, so that the hashes of one level are computed together. */
  async append(leaves: readonly Bytes[]): Promise<void> {
    let nodes = [...leaves];
    this.#size += leaves.length;
    for (let level = 0; nodes.length > 0; level++) {
      const waiting = this.#subtrees[level];
      if (waiting) nodes.unshift(waiting);
      this.#subtrees[level] = isOdd(nodes.length) ? nodes.pop() : undefined;
      const pairs: Promise<Bytes>[] = [];
      for (let place = 0; place < nodes.length; place += 2) pairs.push(nodeHash(nodes[place]!, nodes[place + 1]!));
      nodes = await Promise.all(pairs);
    }
  }

  /** The root of the tree as it is now. */
  async root(): Promise<Bytes> {
    let root: Bytes | undefined;
    for (const subtree of this.#subtrees) {
      if (subtree) root = root ? await nodeHash(subtree, root) : subtree;
    }
    return root ?? sha256(new Uint8Array());
  }
}

/** Whether the record with this leaf hash is record `index` (from 0) of the tree of `size` records with this root. */
export async function provesInclusion(
  leaf: Bytes,
  index: number,
  size: number,
  proof: readonly Bytes[],
  root: Bytes,
): Promise<boolean> {
  if (index >= size) return false;
  const path = new Path(index, size - 1);
  let hash = leaf;
  for (const sibling of proof) {
    const side = path.step();
    if (!side) return false;
    hash = side === 'left' ? await nodeHash(sibling, hash) : await nodeHash(hash, sibling);
  }
  return path.isAtRoot && equal(hash, root);
}

/** Whether the tree of `first` records with the first root is the beginning of the tree of `second` records. */
export async function provesConsistency(
  first: number,
  second: number,
  proof: readonly Bytes[],
  firstRoot: Bytes,
  secondRoot: Bytes,
): Promise<boolean> {
  if (first > second) return false;
  if (first === second) return proof.length === 0 && equal(firstRoot, secondRoot);
  if (first === 0) return proof.length === 0 && equal(firstRoot, await sha256(new Uint8Array()));
  if (proof.length === 0) return false;
  const seed = isPowerOfTwo(first) ? firstRoot : proof[0]!;
  const rest = isPowerOfTwo(first) ? proof : proof.slice(1);
  const path = new Path(first - 1, second - 1);
  while (isOdd(path.node)) path.climb();
  let [firstHash, secondHash] = [seed, seed];
  for (const sibling of rest) {
    const side = path.step();
    if (!side) return false;
    if (side === 'left') {
      firstHash = await nodeHash(sibling, firstHash);
      secondHash = await nodeHash(sibling, secondHash);
    } else {
      secondHash = await nodeHash(secondHash, sibling);
    }
  }
  return path.isAtRoot && equal(firstHash, firstRoot) && equal(secondHash, secondRoot);
}

/** The way from a node up to the root: its place and that of the last node of the same level. */
class Path {
  constructor(
    public node: number,
    private last: number,
  ) {}

  get isAtRoot(): boolean {
    return this.last === 0;
  }

  climb(): void {
    this.node = half(this.node);
    this.last = half(this.last);
  }

  /** On which side the next sibling lies; nothing above the root. */
  step(): 'left' | 'right' | undefined {
    if (this.isAtRoot) return undefined;
    const isLeft = isOdd(this.node) || this.node === this.last;
    // The last node of a level may have no sibling; it is carried up until it has one.
    if (isLeft) while (!isOdd(this.node)) this.climb();
    this.climb();
    return isLeft ? 'left' : 'right';
  }
}
