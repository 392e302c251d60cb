// The verification against the vectors that the program's own tests write: what the server proves, this code accepts,
// and what the server's code refuses, it refuses.
import { describe, expect, it } from 'vitest';
import { fromHex, toHex, utf8, type Bytes } from './bytes';
import { openNote, parseKey } from './checkpoint';
import { Frontier, leafHash, provesConsistency, provesInclusion } from './merkle';
import { vectorsOf } from './sample-vectors';

const hash = (text: string): Bytes => fromHex(text, 32)!;
const hashes = (texts: string[]): Bytes[] => texts.map(hash);
/** Records of these tests are any bytes. */
const leavesOf = (texts: string[]): Promise<Bytes[]> =>
  Promise.all(texts.map((text) => leafHash(fromHex(text, text.length / 2)!)));

describe('hashes', () => {
  it.each(vectorsOf('records') as { about: string; record: string; leafHash: string }[])('$about', async (vector) => {
    expect(toHex(await leafHash(utf8(vector.record)))).toBe(vector.leafHash);
  });
});

describe('the tree', () => {
  const tree = vectorsOf('tree');

  it('has the root of every size, whether records come one by one or all at once', async () => {
    const leaves = await leavesOf(tree.leaves);
    const growing = new Frontier();
    for (let size = 0; size < tree.roots.length; size++) {
      const atOnce = new Frontier();
      await atOnce.append(leaves.slice(0, size));
      expect(toHex(await growing.root())).toBe(tree.roots[size]);
      expect(toHex(await atOnce.root())).toBe(tree.roots[size]);
      if (size < leaves.length) await growing.append(leaves.slice(size, size + 1));
    }
  });

  it('has the right edges of the program', async () => {
    const leaves = await leavesOf(tree.leaves);
    for (const edge of tree.edges) {
      const frontier = new Frontier();
      await frontier.append(leaves.slice(0, edge.size));
      expect(frontier.hashes().map(toHex)).toEqual(edge.hashes);
      const again = Frontier.of(edge.size, hashes(edge.hashes));
      expect(again && toHex(await again.root())).toBe(toHex(await frontier.root()));
    }
  });

  it('accepts and refuses inclusion as the program does', async () => {
    for (const proof of tree.inclusion) {
      const { leaf, index, size, root, valid } = proof;
      const proved = await provesInclusion(hash(leaf), index, size, hashes(proof.hashes), hash(root));
      expect(proved, JSON.stringify(proof)).toBe(valid);
    }
  });

  it('accepts and refuses consistency as the program does', async () => {
    for (const proof of tree.consistency) {
      const { first, second, firstRoot, secondRoot, valid } = proof;
      const proved = await provesConsistency(first, second, hashes(proof.hashes), hash(firstRoot), hash(secondRoot));
      expect(proved, JSON.stringify(proof)).toBe(valid);
    }
  });
});

describe('checkpoints', () => {
  it.each(vectorsOf('checkpoints') as { about: string; key: string; note: string; valid: boolean; size: number; root: string }[])(
    '$about',
    async (vector) => {
      const key = await parseKey(vector.key);
      const opened = key ? await openNote(vector.note, key) : 'noKey';
      expect(typeof opened !== 'string', String(opened)).toBe(vector.valid);
      if (typeof opened === 'string') return;
      expect(opened.size).toBe(vector.size);
      expect(toHex(opened.root)).toBe(vector.root);
    },
  );
});
