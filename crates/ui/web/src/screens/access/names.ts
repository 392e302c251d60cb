// The console's words for kinds of data, levels and actions that the platform names. What is new to the console is shown
// as the platform writes it.

import { has, t } from '../../lib/i18n.svelte';
import { words } from '../../lib/access/matrix';
import { coveredBy, type Fault, type Rule } from '../../lib/access/rules';
import type { Action } from '../../lib/access/explain';

export function scopeName(scope: string): string {
  const key = `access.scope.${scope === '*' ? 'any' : scope}`;
  return has(key) ? t(key) : scope;
}

export function actionName(action: Pick<Action, 'action' | 'scope'>): string {
  const key = `access.act.${action.scope}.${action.action}`;
  return has(key) ? t(key) : `${action.action} (${action.scope})`;
}

export function kindName(kind: string): string {
  const key = `access.kind.${kind}`;
  return has(key) ? t(key) : words(kind);
}

export function faultText(fault: Fault): string {
  return t(`access.fault.${fault}`);
}

/** What an operation is called that was refused, if an action of the explanation is the same. */
export const operationName = (operation: string): string => {
  const key = `access.operation.${operation}`;
  return has(key) ? t(key) : operation;
};

export { coveredBy, type Rule };
