// The filter of one column: its conditions as a form shows them, and the tokens that they are in the text of the filter,
// which stands in the address. Both ways lead through the same text. It knows no components.

import { type Comparison, parseFilter, printFilter, type Token } from '../../ui/filter';
import { COMPARED } from './filter';

/** Columns that are filtered by a field of another name. */
const FIELDS: Record<string, string> = { alarms: 'alarm' };
export const fieldOf = (column: string): string => FIELDS[column] ?? column;

export const BOUNDS = ['<', '<=', '>', '>='] as const;
export type How = 'contains' | 'is' | 'is-not' | (typeof BOUNDS)[number];

export interface Condition {
  how: How;
  /** Any of these, or none of these. */
  values: string[];
}

/** What can be asked of a field: a choice is or is not, times and versions are compared, texts contain. */
export function hows(field: string, isChoice: boolean): How[] {
  if (isChoice) return ['is', 'is-not'];
  if (field === 'seen' || field === 'created') return ['>=', '<'];
  return COMPARED.includes(field) ? ['is', 'is-not', ...BOUNDS] : ['contains', 'is', 'is-not'];
}

const around = /^\*(.+)\*$/s;

function conditionOf({ by, not, values }: Token): Condition {
  if (by !== ':') return { how: by, values };
  if (!not && values.every((value) => around.test(value))) return { how: 'contains', values: values.map((value) => value.slice(1, -1)) };
  return { how: not ? 'is-not' : 'is', values };
}
function tokenOf(field: string, { how, values }: Condition): Token {
  const by: Comparison = how === 'contains' || how === 'is' || how === 'is-not' ? ':' : how;
  return { field, by, not: how === 'is-not', values: how === 'contains' ? values.map((value) => `*${value}*`) : values };
}

export const conditions = (text: string, field: string): Condition[] =>
  parseFilter(text)
    .filter((one) => one.field === field)
    .map(conditionOf);

/** The text with these conditions in the place of those that were there for the field. */
export function changed(text: string, field: string, now: readonly Condition[]): string {
  const tokens = parseFilter(text);
  const kept = now
    .map((one) => ({ ...one, values: one.values.map((value) => value.trim()).filter(Boolean) }))
    .filter((one) => one.values.length > 0)
    .map((one) => tokenOf(field, one));
  const first = tokens.findIndex((one) => one.field === field);
  const others = tokens.filter((one) => one.field !== field);
  others.splice(first < 0 ? others.length : first, 0, ...kept);
  return printFilter(others);
}
