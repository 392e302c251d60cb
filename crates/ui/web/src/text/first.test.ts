import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { en } from './en';
import { first } from './en-first';

const SRC = join(import.meta.dirname, '..');

/** The files that are there before anybody has signed in: what `main.ts` imports, and all parts of signing in. */
function filesOfSigningIn(): Map<string, string> {
  const found = new Map<string, string>();
  const open = [join(SRC, 'main.ts'), ...['Setup', 'PasswordDue', 'FactorDue', 'Reset'].map((one) => join(SRC, `screens/sign-in/${one}.svelte`))];
  for (let file = open.pop(); file; file = open.pop()) {
    if (found.has(file)) continue;
    const text = readFileSync(file, 'utf8');
    found.set(file, text);
    for (const [, name = ''] of text.matchAll(/^\s*(?:import|export) (?!type )(?:[^'(]*? from )?'(\.[^'?]*)';/gms)) {
      const other = ['', '.ts'].map((end) => join(dirname(file), name + end)).find((one) => /\.(ts|svelte)$/.test(one) && existsSync(one));
      if (other && !other.includes('/text/')) open.push(other);
    }
  }
  return found;
}

describe('the first texts', () => {
  it('are all that is said before somebody has signed in', () => {
    const files = filesOfSigningIn();
    expect(files.size).toBeGreaterThan(25);
    expect([...files.keys()].filter((one) => one.endsWith('SignIn.svelte'))).toHaveLength(1);
    for (const [file, text] of files) {
      for (const [, , key = ''] of text.matchAll(/(['`])([a-zA-Z]+\.[\w.-]*)/g)) {
        const meant = Object.keys(en).filter((one) => one === key || one === `${key}.other` || (key.endsWith('.') && one.startsWith(key)));
        for (const one of meant) expect(first, `${one} of ${file}`).toHaveProperty([one]);
      }
    }
  });
});
