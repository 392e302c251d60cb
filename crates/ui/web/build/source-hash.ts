// Writes into the built console what it was built from (`SOURCE.sha256`), so that the build of the program can say when
// the committed console is not that of the sources beside it. `build.rs` makes the same hash; it does not know Vite.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const BUILT_FROM = [
  'build',
  'index.html',
  'package-lock.json',
  'package.json',
  'public',
  'src',
  'svelte.config.js',
  'vite.config.ts',
];

/** One hash over everything below `root` that the console is built from: SHA-256 of the lines `HASH  PATH`, by path. */
export function sourceHash(root: string): string {
  const paths = readdirSync(root, { withFileTypes: true })
    .filter((entry) => BUILT_FROM.includes(entry.name))
    .flatMap((entry) => (entry.isDirectory() ? below(root, entry.name) : [entry.name]))
    .filter((path) => !/\.test\.(ts|js)$/.test(path));
  // By bytes, like everywhere else; the order of UTF-16 could be another one.
  paths.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const lines = paths.map((path) => `${hash(readFileSync(join(root, path)))}  ${path}\n`);
  return hash(lines.join(''));
}

function below(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.'))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? below(root, path) : [path];
    });
}

function hash(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The plugin that writes it. */
export function writesSourceHash(): Plugin {
  let root = '';
  return {
    name: 'source-hash',
    apply: 'build',
    configResolved(config) {
      root = config.root;
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'SOURCE.sha256', source: `${sourceHash(root)}\n` });
    },
  };
}
