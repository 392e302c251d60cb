// Users, groups and roles as the platform shows them, and the calls about them. It knows no texts and no markup.

import { ApiError, type Statistics, del, get, path, post, put } from '../api';
import { session } from '../session.svelte';
import type { Subject } from './explain';
import { type Rule, changed, parse } from './rules';
import { edit } from './unchanged';

interface GroupReference {
  group: { id: number; name?: string };
}
interface RoleReference {
  role: { id: string; name: string };
}
export interface User {
  id: string;
  userName: string;
  displayName?: string;
  firstName?: string;
  lastName?: string;
  email?: string;
  phone?: string;
  enabled?: boolean;
  owner?: string;
  delegatedBy?: string;
  subusersCount?: number;
  lastPasswordChange?: string;
  shouldResetPassword?: boolean;
  twoFactorAuthenticationEnabled?: boolean;
  groups?: { references: GroupReference[] };
  roles?: { references: RoleReference[] };
  devicePermissions?: Record<string, string[]>;
}
export interface Group {
  id: number;
  name: string;
  description?: string;
  roles?: { references: RoleReference[] };
  devicePermissions?: Record<string, string[]>;
}
export interface Permission {
  scope: string;
  type: string;
  permission: string;
}
export interface InventoryRole {
  id: number;
  name: string;
  description?: string;
  permissions: Permission[];
}
export interface Assignment {
  id: number;
  managedObject: string;
  roles: InventoryRole[];
}
export interface Privileged {
  id: string;
  kind: string;
  lastSignIn?: string;
  warning?: string;
  ways: { right: string; through: string; group?: { id: number; name?: string }; grantedBy?: string; beyondOwn?: boolean }[];
}

/** Roles that open the area: all users, or one's own. */
export const READS_USERS = ['ROLE_USER_MANAGEMENT_READ', 'ROLE_USER_MANAGEMENT_ADMIN', 'ROLE_USER_MANAGEMENT_CREATE'];
export const CHANGES_USERS = ['ROLE_USER_MANAGEMENT_ADMIN', 'ROLE_USER_MANAGEMENT_CREATE'];
/** Groups that a tenant cannot do without. */
export const FIXED_GROUPS = ['admins', 'devices'];

const PAGE = 1000;

/** All entries of a collection, page by page. */
export async function all<Name extends string, T>(name: Name, address: string, signal?: AbortSignal): Promise<T[]> {
  const found: T[] = [];
  for (let page = 1; ; page += 1) {
    const options = { query: { pageSize: PAGE, currentPage: page }, ...(signal ? { signal } : {}) };
    const answer = await get<Record<Name, T[]> & { next?: string }>(address, options);
    found.push(...answer[name]);
    if (!answer.next || answer[name].length < PAGE) return found;
  }
}

const tenant = () => session.tenant;
export const usersPath = () => path`/user/${tenant()}/users`;
export const userPath = (user: string) => path`/user/${tenant()}/users/${user}`;
export const groupPath = (group: number | string) => path`/user/${tenant()}/groups/${group}`;
export const subjectPath = (of: Subject) => ('user' in of ? userPath(of.user) : groupPath(of.group));

export const readUsers = (query: Record<string, string | number | boolean | undefined>, signal?: AbortSignal) =>
  get<{ users: User[]; statistics: Statistics; next?: string }>(usersPath(), { query, ...(signal ? { signal } : {}) });
export const readUser = (user: string, signal?: AbortSignal) => get<User>(userPath(user), signal ? { signal } : {});
export const readGroups = (signal?: AbortSignal) => all<'groups', Group>('groups', path`/user/${tenant()}/groups`, signal);
export const readGroup = (id: number | string, signal?: AbortSignal) => get<Group>(groupPath(id), signal ? { signal } : {});
export const readRoles = async (signal?: AbortSignal) =>
  (await all<'roles', { name: string }>('roles', '/user/roles', signal)).map((one) => one.name);
export const readInventoryRoles = (signal?: AbortSignal) =>
  all<'roles', InventoryRole>('roles', '/user/inventoryroles', signal);

export async function membersOf(group: number | string, signal?: AbortSignal): Promise<User[]> {
  const found = await all<'references', { user: User }>('references', `${groupPath(group)}/users`, signal);
  return found.map((one) => one.user);
}
export async function countMembers(group: number | string, signal?: AbortSignal): Promise<number> {
  const query = { pageSize: 1, withTotalElements: true };
  const answer = await get<{ statistics: Statistics }>(`${groupPath(group)}/users`, { query, ...(signal ? { signal } : {}) });
  return answer.statistics.totalElements ?? 0;
}

export const joinGroup = (group: number, user: string) => post(`${groupPath(group)}/users`, { user: { id: user } });
export const leaveGroup = (group: number, user: string) => del(`${groupPath(group)}/users/${encodeURIComponent(user)}`);
const giveRole = (to: Subject, role: string) => post(`${subjectPath(to)}/roles`, { role: { id: role } });
const takeRole = (from: Subject, role: string) => del(`${subjectPath(from)}/roles/${encodeURIComponent(role)}`);

/** Gives and takes roles, one call for each: first what is given, so that nobody has too little if it ends halfway. */
export async function changeRoles(of: Subject, adds: readonly string[], removes: readonly string[]): Promise<void> {
  for (const role of adds) await giveRole(of, role);
  for (const role of removes) await takeRole(of, role);
}

const understood = (texts: readonly string[]) => texts.map(parse).filter((one): one is Rule => typeof one !== 'string');

export async function readRules(of: Subject, signal?: AbortSignal): Promise<Rule[]> {
  const told = await get<{ rules: { text: string }[] }>(`${subjectPath(of)}/permissions`, signal ? { signal } : {});
  return understood(told.rules.map((one) => one.text));
}

export interface Warning {
  fragment: string;
  didYouMean?: string;
  message?: string;
}

/** Gives and takes rules. What others changed in between stays: the list is read anew before it is written,
    and what the console does not understand is written back as it was read. */
export async function changeRules(of: Subject, add: Rule[], remove: Rule[]): Promise<{ rules: Rule[]; warnings: Warning[] }> {
  let texts: string[] = [];
  const told = await edit<{ rules: { text: string }[] }, { warnings?: Warning[] } | undefined>(
    `${subjectPath(of)}/permissions`,
    (now) => {
      texts = changed(now.rules.map((one) => one.text), add, remove);
      return { rules: texts.map((text) => ({ text })) };
    },
  );
  return { rules: understood(texts), warnings: told?.warnings ?? [] };
}

export async function readAssignments(of: Subject, signal?: AbortSignal): Promise<Assignment[]> {
  const told = await get<{ inventoryAssignments: Assignment[] }>(
    `${subjectPath(of)}/roles/inventory`,
    signal ? { signal } : {},
  );
  return told.inventoryAssignments;
}
export const assign = (to: Subject, object: string, role: number) =>
  post<Assignment>(`${subjectPath(to)}/roles/inventory`, { managedObject: object, roles: [{ id: role }] });

/** Takes one role out of an assignment; with its last one, the assignment goes. */
export async function unassign(from: Subject, assignment: number, role: number): Promise<void> {
  const address = `${subjectPath(from)}/roles/inventory/${assignment}`;
  const now = await get<Assignment>(address);
  const left = now.roles.filter((one) => one.id !== role).map(({ id }) => ({ id }));
  if (left.length === 0) await del(address);
  else await put(address, { managedObject: now.managedObject, roles: left });
}

/** What a call that may be refused answers, or nothing if it is refused: for what is shown beside the main thing. */
export async function unlessRefused<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (reason) {
    if (reason instanceof ApiError && (reason.status === 403 || reason.status === 404)) return undefined;
    throw reason;
  }
}

/** The whole name, or nothing. */
export const fullName = (user: Pick<User, 'displayName' | 'firstName' | 'lastName'>): string =>
  [user.firstName, user.lastName].filter(Boolean).join(' ') || (user.displayName ?? '');
export const groupsOf = (user: User) => (user.groups?.references ?? []).map(({ group }) => group);
export const rolesOf = (holder: Pick<User, 'roles'>): string[] =>
  (holder.roles?.references ?? []).map(({ role }) => role.name).sort();
