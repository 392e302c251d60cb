// A managed object as JSON that people edit: what may be changed of it, what is wrong with a text, and what a change comes
// to as a request. It knows no components.

import { edit } from '../../lib/access/unchanged';
import { faultAt } from '../../lib/json-fault';

/** So much of a faulty text is repeated. */
const NEAR = 24;

/** What the platform sets or what has requests of its own. */
const FIXED = [
  'id',
  'self',
  'creationTime',
  'lastUpdated',
  'childDevices',
  'childAssets',
  'childAdditions',
  'deviceParents',
  'assetParents',
  'additionParents',
  'c8y_Availability',
  'c8y_Connection',
  'c8y_ActiveAlarmsStatus',
  'c8y_LatestMeasurements',
  'holdfast_Disconnected',
];

export type Json = Record<string, unknown>;

/** The part that may be changed, and the names of the rest. */
export function parts(object: Json): { editable: Json; fixed: string[] } {
  const entries = Object.entries(object);
  return {
    editable: Object.fromEntries(entries.filter(([name]) => !FIXED.includes(name))),
    fixed: entries.map(([name]) => name).filter((name) => FIXED.includes(name)),
  };
}

type Parsed = { value: Json } | { line: number; reason: string } | 'not-an-object';

/** Reads a text, or says in which line it goes wrong. */
export function parse(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const at = faultAt(text) ?? text.length;
    const near = text.slice(at, at + NEAR).split('\n')[0]?.trim();
    return { line: text.slice(0, at).split('\n').length, reason: near || (error instanceof Error ? error.message : '') };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not-an-object';
  return { value: value as Json };
}

export interface Changes {
  /** The body of the request: null removes. */
  body: Json;
  set: string[];
  removed: string[];
}

/** What was changed, by property. */
export function changes(before: Json, after: Json): Changes {
  const removed = Object.keys(before).filter((name) => !(name in after));
  const set = Object.keys(after).filter(
    (name) => !FIXED.includes(name) && JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const body: Json = {};
  for (const name of set) body[name] = after[name];
  for (const name of removed) body[name] = null;
  return { body, set, removed };
}

/** The same whatever the order of the properties. */
function same(one: unknown, other: unknown): boolean {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return JSON.stringify(one ?? null, sorted) === JSON.stringify(other ?? null, sorted);
}

/** A property that somebody else has changed since it was read, and that is about to be changed here. */
export interface Conflict {
  name: string;
  theirs: unknown;
  mine: unknown;
}

/** What a change would overwrite unseen. Who made the same change is no conflict. */
export const conflicts = (before: Json, now: Json, body: Json): Conflict[] =>
  Object.entries(body)
    .filter(([name, mine]) => !same(before[name], now[name]) && !same(now[name], mine))
    .map(([name, mine]) => ({ name, theirs: now[name] ?? null, mine }));

/** What is thrown to write nothing. */
class Conflicting extends Error {
  constructor(readonly all: Conflict[]) {
    super();
  }
}

/** Puts a change of what was read as `before`. Puts nothing if it would overwrite something unseen, and says what. */
export async function putSeen(address: string, before: Json, body: Json): Promise<Conflict[]> {
  try {
    await edit<Json, unknown>(address, (now) => {
      const all = conflicts(before, now, body);
      if (all.length > 0) throw new Conflicting(all);
      return body;
    });
    return [];
  } catch (reason) {
    if (reason instanceof Conflicting) return reason.all;
    throw reason;
  }
}

/** What was read, and what was shown of it since: to be overwritten now, but nothing newer. */
export const withShown = (before: Json, all: readonly Conflict[]): Json => ({
  ...before,
  ...Object.fromEntries(all.map(({ name, theirs }) => [name, theirs])),
});

/** A line cut at what is searched for: every second piece is a match. */
export function cut(line: string, wanted: string): string[] {
  if (!wanted) return [line];
  const pieces: string[] = [];
  const lower = line.toLowerCase();
  const part = wanted.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(part); at >= 0; at = lower.indexOf(part, from)) {
    pieces.push(line.slice(from, at), line.slice(at, at + part.length));
    from = at + part.length;
  }
  return [...pieces, line.slice(from)];
}

const step = (path: string, key: string): string => {
  if (!/^[A-Za-z_]\w*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path ? `${path}.${key}` : key;
};

/** Where each line of `JSON.stringify(value, null, 2)` stands: `c8y_Hardware.model`, `list[0]`, `["odd name"]`. */
export function linePaths(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Array.isArray(value)
    ? value.flatMap((one, at) => linePaths(one, `${path}[${at}]`))
    : Object.entries(value).flatMap(([key, one]) => linePaths(one, step(path, key)));
  return inner.length === 0 ? [path] : [path, ...inner, path];
}
