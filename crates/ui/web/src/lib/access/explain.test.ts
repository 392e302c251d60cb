import { expect, test } from 'vitest';
import { type Action, type Holder, assignments, byScope, extent, given, hidden, remedyRules, rulesOf, rulesOfOwners, subjectOf, subjectQuery } from './explain';
import { line } from './rules';

const action = (changes: Partial<Action>): Action => ({
  action: 'read',
  scope: 'MEASUREMENT',
  permission: 'READ',
  allowed: true,
  fragments: '*',
  because: [],
  ...changes,
});
const remedy = { anyRole: ['ROLE_MEASUREMENT_READ'], rules: ['7, MEASUREMENT, *, READ'], ownership: true, c8y_Global: false };

test('an action is allowed for all, for some fragments, or not', () => {
  expect(extent(action({}))).toBe('all');
  expect(extent(action({ fragments: ['c8y_T'], wouldGrant: remedy }))).toBe('some');
  expect(extent(action({ fragments: ['c8y_T'] }))).toBe('all');
  expect(extent(action({ allowed: false, fragments: [] }))).toBe('none');
});

test('what is hidden are the known fragments that no rule covers', () => {
  expect(hidden(action({ fragments: ['c8y_T'] }), ['c8y_T', 'c8y_Signal'])).toEqual(['c8y_Signal']);
  expect(hidden(action({}), ['c8y_T'])).toEqual([]);
});

test('what would grant an action can be given as rules', () => {
  expect(remedyRules(remedy).map(line)).toEqual(['7, MEASUREMENT, *, READ']);
  expect(remedyRules(undefined)).toEqual([]);
});

test('a rule of an inventory role is not one that can be taken away by itself', () => {
  const held = { rule: '7, ALARM, *, READ', permission: 'ALARM:*:READ' };
  expect(given(held)).toBeDefined();
  expect(given({ ...held, inventoryRole: { id: 1, assignment: 2 } })).toBeUndefined();
  expect(given({ permission: 'ALARM:*:READ' })).toBeUndefined();
});

test('actions stand by what they are about', () => {
  const groups = byScope([action({}), action({ scope: 'ALARM' }), action({ action: 'store' })]);
  expect(groups.map(([scope, list]) => [scope, list.length])).toEqual([
    ['MEASUREMENT', 2],
    ['ALARM', 1],
  ]);
});

test('device permissions are rules', () => {
  expect(rulesOf({ 7: ['ALARM:*:READ', 'odd'], '*': ['EVENT:c8y_X:ADMIN'] }).map(line)).toEqual([
    '7, ALARM, *, READ',
    '*, EVENT, c8y_X, ADMIN',
  ]);
});

test('an inventory role through a group is told once, as the group’s', () => {
  const rule = { permission: 'ALARM:*:READ', group: { id: 5, name: 'Shift B' }, inventoryRole: { id: 1, assignment: 2 } };
  const holder = (user: string): Holder => ({ user, fragments: '*', because: [{ type: 'permission', rule }] });
  const own = { ...rule, group: undefined } as unknown as typeof rule;
  delete (own as Partial<typeof rule>).group;
  const found = assignments([
    holder('ann'),
    holder('ben'),
    { user: 'ann', fragments: '*', because: [{ type: 'permission', rule: own }, { type: 'owner' }] },
  ]);
  expect(found.map((one) => one.user ?? one.group?.name)).toEqual(['Shift B', 'ann']);
});

test('rules on an object stand with their holders, and those on other objects do not', () => {
  const found = rulesOfOwners('7', {
    users: [{ id: 'ann', userName: 'ann', devicePermissions: { 7: ['ALARM:*:READ'], 8: ['ALARM:*:READ'] } }],
    groups: [{ id: 5, name: 'Shift B', devicePermissions: { 7: ['EVENT:*:READ'] } }],
  });
  expect(found.map((one) => `${one.name}: ${line(one.rule)}`)).toEqual([
    'Shift B: 7, EVENT, *, READ',
    'ann: 7, ALARM, *, READ',
  ]);
});

test.each([[{ user: 'ann' }], [{ group: 5 }]])('a subject goes into an address and comes back', (subject) => {
  expect(subjectOf(new URLSearchParams(subjectQuery(subject)))).toEqual(subject);
});

test('an address with no subject, or a broken one, has none', () => {
  expect(subjectOf(new URLSearchParams())).toBeUndefined();
  expect(subjectOf(new URLSearchParams('group=x'))).toBeUndefined();
});
