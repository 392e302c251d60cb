// What the platform says about who may do what and why, in its own shapes, and what is worked out from that for people.
// It knows no texts and no markup.

import type { Rule, Scope } from './rules';
import { onObject, parse } from './rules';

export interface Named {
  id: string;
  name?: string;
}
interface NamedGroup {
  id: number;
  name?: string;
}
interface HeldRole {
  name: string;
  directly: boolean;
  groups: NamedGroup[];
  ownOnly?: boolean;
}
export interface HeldRule {
  /** In one line; not there if the caller cannot know of the object. */
  rule?: string;
  permission: string;
  managedObject?: Named;
  inherited?: boolean;
  group?: NamedGroup;
  inventoryRole?: { id: number; name?: string; assignment: number };
}
export interface Reason {
  type: 'role' | 'owner' | 'ownerAbove' | 'permission' | 'c8y_Global' | 'lent';
  role?: HeldRole;
  rule?: HeldRule;
  managedObject?: Named;
  operationId?: string;
}
export interface Remedy {
  anyRole: string[];
  rules: string[];
  ownership: boolean;
  c8y_Global: boolean;
}
export interface Action {
  action: string;
  operation?: string;
  scope: Exclude<Scope, '*'>;
  permission: 'READ' | 'ADMIN';
  allowed: boolean;
  fragments: '*' | string[];
  because: Reason[];
  notEnough?: HeldRule[];
  wouldGrant?: Remedy;
}
export interface OnObject {
  managedObject: Named;
  actions: Action[];
}
export interface Everywhere {
  roles: HeldRole[];
  rules: HeldRule[];
  next?: string;
  statistics: { totalElements?: number };
}

export interface Effect {
  objects: number;
  inherited: number;
  managedObjects: Named[];
}
export interface Change {
  scope: string;
  permission: 'READ' | 'ADMIN';
  gained: Effect;
  lost: Effect;
}
export interface Preview {
  changes: Change[];
  notYours: string[];
  notHeld: string[];
}

/** Whose permissions: of a user by name, or of a group by id. */
export type Subject = { user: string } | { group: number };

export interface Holder {
  user?: string;
  enabled?: boolean;
  group?: NamedGroup;
  because: Reason[];
  fragments: '*' | string[];
}
export interface Holders {
  users: Holder[];
  groups: Holder[];
  owner?: string;
  anyRole: string[];
  everybody: boolean;
  next?: string;
  statistics: { totalElements?: number };
}

export interface Refusal {
  user: string;
  operation: string;
  target: string;
  count: number;
  firstTime: string;
  lastTime: string;
  managedObjects: { id: string }[];
}

/** Actions by what they are about, in the order in which they came. */
export function byScope(actions: readonly Action[]): [Action['scope'], Action[]][] {
  const groups = new Map<Action['scope'], Action[]>();
  for (const one of actions) groups.set(one.scope, [...(groups.get(one.scope) ?? []), one]);
  return [...groups];
}

/** Whether an action is allowed for everything, for some fragments, or not at all. */
export function extent(action: Action): 'all' | 'some' | 'none' {
  if (!action.allowed) return 'none';
  return action.fragments === '*' || !action.wouldGrant ? 'all' : 'some';
}

/** Of these fragments, which an action does not reach. */
export function hidden(action: Action, known: readonly string[]): string[] {
  if (action.fragments === '*') return [];
  const covered = new Set(action.fragments);
  return known.filter((one) => !covered.has(one));
}

/** The rules that would allow an action, as they can be given. */
export function remedyRules(remedy: Remedy | undefined): Rule[] {
  return (remedy?.rules ?? []).map(parse).filter((one): one is Rule => typeof one !== 'string');
}

/** The rule that was given, if it was given one by one and can be taken away as such. */
export function given(held: HeldRule): Rule | undefined {
  if (held.inventoryRole || !held.rule) return undefined;
  const read = parse(held.rule);
  return typeof read === 'string' ? undefined : read;
}

/** The rules of `devicePermissions`, `{"10200": ["ALARM:*:READ"]}`. */
export function rulesOf(permissions: Record<string, string[]> | undefined): Rule[] {
  return Object.entries(permissions ?? {}).flatMap(([object, texts]) =>
    texts.map((text) => onObject(object, text)).filter((rule) => rule !== undefined),
  );
}

/** Inventory roles that stand behind reasons: who holds which, given where, once each. */
export interface AssignedHere {
  key: string;
  user?: string;
  group?: NamedGroup;
  role: NonNullable<HeldRule['inventoryRole']>;
  object?: Named;
  inherited: boolean;
}
export function assignments(holders: readonly Holder[]): AssignedHere[] {
  const found = new Map<string, AssignedHere>();
  for (const holder of holders) {
    for (const { rule } of holder.because) {
      const role = rule?.inventoryRole;
      if (!rule || !role) continue;
      const group = rule.group ?? holder.group;
      // Through a group it is the group's; each member would repeat it.
      const who = group ? `group ${group.id}` : `user ${holder.user}`;
      const key = `${who} ${role.assignment} ${role.id}`;
      if (found.has(key)) continue;
      const one: AssignedHere = { key, role, inherited: rule.inherited ?? false };
      if (group) one.group = group;
      else if (holder.user) one.user = holder.user;
      if (rule.managedObject) one.object = rule.managedObject;
      found.set(key, one);
    }
  }
  return [...found.values()];
}

export interface Owners {
  users: { id: string; userName: string; devicePermissions?: Record<string, string[]> }[];
  groups: { id: number; name: string; devicePermissions?: Record<string, string[]> }[];
}
/** A rule with its holder. */
export interface HeldHere {
  rule: Rule;
  subject: Subject;
  /** The holder's name. */
  name: string;
}

/** The rules on one object, of groups first. */
export function rulesOfOwners(id: string, owners: Owners): HeldHere[] {
  const of = (permissions: Record<string, string[]> | undefined, subject: Subject, name: string) =>
    rulesOf({ [id]: permissions?.[id] ?? [] }).map((rule) => ({ rule, subject, name }));
  return [
    ...owners.groups.flatMap((one) => of(one.devicePermissions, { group: one.id }, one.name)),
    ...owners.users.flatMap((one) => of(one.devicePermissions, { user: one.id }, one.userName)),
  ];
}

/** A subject in an address, and back. */
export const subjectQuery = (subject: Subject | undefined): { user?: string; group?: string } =>
  !subject ? {} : 'user' in subject ? { user: subject.user } : { group: String(subject.group) };
export function subjectOf(query: URLSearchParams): Subject | undefined {
  const [user, group] = [query.get('user'), query.get('group')];
  if (user) return { user };
  return group && /^\d+$/.test(group) ? { group: Number(group) } : undefined;
}
