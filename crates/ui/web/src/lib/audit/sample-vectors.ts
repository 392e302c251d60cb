/// <reference types="node" />
// For tests only: the vectors that the program's own tests write (crates/audit/tests/vectors).
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The content of one file of vectors; tests run in the folder of package.json. */
export const vectorsOf = (name: string) => JSON.parse(readFileSync(resolve(`../../audit/tests/vectors/${name}.json`), 'utf8'));
