// What operations are called: in words if the console knows them, and by their fragment otherwise.

import { has, t } from '../../lib/i18n.svelte';
import { type Bulk, kindsOf } from './bulk';
import { kinds, type Operation } from './operations';

export function kindName(kind: string): string {
  const key = `operation.${kind}`;
  return has(key) ? t(key) : kind;
}

/** Kinds in the order of their names. */
export const byName = (all: readonly string[]): string[] =>
  [...all].sort((one, other) => kindName(one).localeCompare(kindName(other)));

export const nameOfOperation = (operation: Operation): string =>
  kinds(operation).map(kindName).join(', ') || operation.description || operation.id;

export const nameOfBulk = (bulk: Bulk): string =>
  kindsOf(bulk).map(kindName).join(', ') || String(bulk.operationPrototype.description ?? bulk.id);
