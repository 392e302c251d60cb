// Filters as text: `status:offline type:c8y_Truck|c8y_Van -tag:old fw<2.3 group:"Region Nord" word`. The same text stands in
// the address, so a filter can be read, shared and typed. It knows no fields.

import type { Suggestion } from './Combobox.svelte';

const COMPARISONS = ['<=', '>=', ':', '<', '>'] as const;
export type Comparison = (typeof COMPARISONS)[number];

export interface Token {
  /** `''`: a word by itself. */
  field: string;
  by: Comparison;
  /** Any of these. */
  values: string[];
  /** None of these. */
  not: boolean;
}

/** A field that can be filtered by. */
export interface Field {
  id: string;
  label: string;
  /** Whether it can be compared; otherwise it can only be equal. */
  compares?: boolean;
  suggest?: (text: string, signal: AbortSignal) => Promise<(string | Suggestion)[]> | (string | Suggestion)[];
  /** What a value is called, where values are ids. */
  called?: (value: string) => string;
}

/** Splits at spaces, but not inside of quotes. */
function words(text: string): string[] {
  const found: string[] = [];
  let word = '';
  let quoted = false;
  for (const sign of text) {
    if (sign === '"') quoted = !quoted;
    if (/\s/.test(sign) && !quoted) {
      if (word) found.push(word);
      word = '';
    } else word += sign;
  }
  if (word) found.push(word);
  return found;
}

function alternatives(text: string): string[] {
  const found: string[] = [];
  let value = '';
  let quoted = false;
  for (const sign of text) {
    if (sign === '"') quoted = !quoted;
    else if (sign === '|' && !quoted) {
      if (value) found.push(value);
      value = '';
    } else value += sign;
  }
  if (value) found.push(value);
  return found;
}

function token(word: string): Token | undefined {
  const not = word.startsWith('-') && word.length > 1;
  const rest = not ? word.slice(1) : word;
  const parts = /^([A-Za-z][\w.]*)(<=|>=|:|<|>)(.*)$/s.exec(rest);
  if (!parts) {
    const values = alternatives(rest);
    return values.length > 0 ? { field: '', by: ':', values, not } : undefined;
  }
  const values = alternatives(parts[3] ?? '');
  if (values.length === 0) return undefined;
  return { field: parts[1] ?? '', by: parts[2] as Comparison, values, not };
}

export const parseFilter = (text: string): Token[] =>
  words(text)
    .map(token)
    .filter((one) => one !== undefined);

const quoted = (value: string) => (/[\s|:<>]|^-|^$/.test(value) ? `"${value.replaceAll('"', '')}"` : value.replaceAll('"', ''));

export const printToken = (one: Token): string =>
  `${one.not ? '-' : ''}${one.field ? one.field + one.by : ''}${one.values.map(quoted).join('|')}`;

export const printFilter = (tokens: readonly Token[]): string => tokens.map(printToken).join(' ');
