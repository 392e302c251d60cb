// A permission on one object as one line: `10200, MEASUREMENT, c8y_Temperature, READ`. Reading, writing and comparing
// such lines. It knows nothing of who holds them.

export const SCOPES = ['MANAGED_OBJECT', 'MEASUREMENT', 'EVENT', 'ALARM', 'OPERATION', 'AUDIT', 'BINARY', '*'] as const;
export const LEVELS = ['READ', 'ADMIN', '*'] as const;
export type Scope = (typeof SCOPES)[number];
export type Level = (typeof LEVELS)[number];

export interface Rule {
  /** The object's id, or `*` for every object. */
  object: string;
  scope: Scope;
  /** The exact name of a fragment, or `*`. */
  fragment: string;
  permission: Level;
}

/** Which part of a line is not understood. */
export type Fault = 'parts' | 'object' | 'scope' | 'fragment' | 'permission';

const OTHER_SCOPES: Record<string, Scope> = { OPERATIONS: 'OPERATION', ALL: '*' };
const OTHER_LEVELS: Record<string, Level> = { CHANGE: 'ADMIN', ALL: '*' };

function scopeOf(text: string): Scope | undefined {
  return SCOPES.find((scope) => scope === text) ?? OTHER_SCOPES[text];
}

function levelOf(text: string): Level | undefined {
  return LEVELS.find((level) => level === text) ?? OTHER_LEVELS[text];
}

/** Most bytes of a fragment's name. */
const FRAGMENT_BYTES_MAX = 255;

/** Whether a text is `*` or may be the name of a fragment. Spaces, colons and commas may stand inside. */
export const isFragment = (text: string): boolean =>
  text !== '' && text.trim() === text && !/\p{Cc}/u.test(text) && new TextEncoder().encode(text).length <= FRAGMENT_BYTES_MAX;

/** A rule from its parts, or which of them is wrong. */
function ofParts(object: string, scopeText: string, fragment: string, levelText: string): Rule | Fault {
  if (object !== '*' && !/^[1-9][0-9]{0,19}$/.test(object)) return 'object';
  const scope = scopeOf(scopeText);
  if (!scope) return 'scope';
  if (!isFragment(fragment)) return 'fragment';
  const permission = levelOf(levelText);
  if (!permission) return 'permission';
  return { object, scope, fragment, permission };
}

/** A rule from its line, or which part of it is wrong. The fragment may hold commas: the other parts cannot. */
export function parse(text: string): Rule | Fault {
  const first = text.indexOf(',');
  const second = text.indexOf(',', first + 1);
  const last = text.lastIndexOf(',');
  if (first < 0 || second < 0 || last <= second) return 'parts';
  const [object, scope] = [text.slice(0, first), text.slice(first + 1, second)];
  const [fragment, level] = [text.slice(second + 1, last), text.slice(last + 1)];
  return ofParts(object.trim(), scope.trim(), fragment.trim(), level.trim());
}

interface Pasted {
  rules: Rule[];
  faults: { line: number; text: string; fault: Fault }[];
}

/** Rules of several lines. Empty lines and those that begin with `#` are passed over; a rule counts once. */
export function parseAll(text: string): Pasted {
  const pasted: Pasted = { rules: [], faults: [] };
  for (const [at, whole] of text.split(/\r?\n/).entries()) {
    const one = whole.trim();
    if (!one || one.startsWith('#')) continue;
    const read = parse(one);
    if (typeof read === 'string') pasted.faults.push({ line: at + 1, text: one, fault: read });
    else if (!includes(pasted.rules, read)) pasted.rules.push(read);
  }
  return pasted;
}

/** The line of a rule. */
export const line = (rule: Rule): string => `${rule.object}, ${rule.scope}, ${rule.fragment}, ${rule.permission}`;

/** A rule from an object and a text of its `devicePermissions` (`MEASUREMENT:c8y_Temperature:READ`); nothing if that is
    not understood. */
export function onObject(object: string, text: string): Rule | undefined {
  const first = text.indexOf(':');
  const last = text.lastIndexOf(':');
  if (first < 0 || last <= first) return undefined;
  const read = ofParts(object, text.slice(0, first), text.slice(first + 1, last), text.slice(last + 1));
  return typeof read === 'string' ? undefined : read;
}

/** Lines with some added and some taken away. What is not understood here, or written otherwise, stays as it is. */
export function changed(texts: readonly string[], add: readonly Rule[], remove: readonly Rule[]): string[] {
  const gone = new Set(remove.map(line));
  const meaning = (text: string) => {
    const rule = parse(text);
    return typeof rule === 'string' ? text : line(rule);
  };
  const kept = texts.filter((text) => !gone.has(meaning(text)));
  const there = new Set(kept.map(meaning));
  return [...kept, ...new Set(add.map(line).filter((text) => !there.has(text)))];
}

export const same = (one: Rule, other: Rule): boolean => line(one) === line(other);
export const includes = (rules: readonly Rule[], rule: Rule): boolean => rules.some((one) => same(one, rule));
export const without = (rules: readonly Rule[], gone: readonly Rule[]): Rule[] => rules.filter((one) => !includes(gone, one));
export const joined = (rules: readonly Rule[], more: readonly Rule[]): Rule[] => [...rules, ...without(more, rules)];

/** Whether a broader rule on the same object, or on every one, gives all that the other gives. */
export function covers(broad: Rule, narrow: Rule): boolean {
  const wide = (has: string, needs: string) => has === '*' || has === needs;
  return (
    !same(broad, narrow) &&
    wide(broad.object, narrow.object) &&
    wide(broad.scope, narrow.scope) &&
    wide(broad.fragment, narrow.fragment) &&
    wide(broad.permission, narrow.permission)
  );
}

/** By which other rule of a list a rule gives nothing more. */
export const coveredBy = (rule: Rule, rules: readonly Rule[]): Rule | undefined => rules.find((one) => covers(one, rule));
