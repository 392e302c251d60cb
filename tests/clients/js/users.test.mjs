// Users, groups, roles, and what they are given on single objects.

import test from 'node:test';
import { TENANT, basic, equal, fresh, ids, ok, refused } from './platform.mjs';

const { user, userGroup, userRole, inventoryRole, inventory } = basic();

const password = 'four wooden bridges 7';
const created = async userName =>
  (await user.create({ userName, email: `${userName}@example.org`, password })).data;

test('users are created, read, changed, listed and deleted', async () => {
  const name = fresh('user');
  const { data: made, res } = await user.create({ userName: name, email: `${name}@example.org`, password });
  equal([res.status, made.id, made.password], [201, name, undefined]);
  equal((await user.detail(name)).data.email, `${name}@example.org`);
  equal((await user.update({ id: name, firstName: 'Fay' })).data.firstName, 'Fay');
  equal((await user.list({ username: name })).data.map(found => found.userName), [name]);
  ok(!user.isDeviceUser(made) && !user.isServiceUser(made) && !user.isExternalUser(made));
  await refused(409, user.create({ userName: name, email: `${name}@example.org`, password }));
  equal((await user.delete(made)).res.status, 204);
  await refused(404, user.detail(name));
});

test('users change themselves and their password', async () => {
  const name = fresh('self');
  await created(name);
  const self = basic(TENANT, name, password);
  equal((await self.user.current()).data.userName, name);
  equal((await self.user.updateCurrent({ lastName: 'Smith' })).data.lastName, 'Smith');
  const newer = 'four wooden bridges 8';
  equal((await self.user.changeCurrentUserPassword(newer, password)).res.status, 200);
  await refused(401, self.user.current());
  equal((await basic(TENANT, name, newer).user.current()).data.lastName, 'Smith');
  await user.delete({ id: name });
});

test('groups give their roles to their members', async () => {
  const name = fresh('member');
  const member = await created(name);
  const { data: group, res } = await userGroup.create({ name: fresh('readers'), description: 'read' });
  equal([res.status, typeof group.id], [201, 'number']);
  const { data: role } = await userRole.detail('ROLE_INVENTORY_READ');
  equal(role.id, 'ROLE_INVENTORY_READ');
  const them = basic(TENANT, name, password);
  await refused(403, them.audit.list());
  equal((await userGroup.addRoleToGroup(group, role)).res.status, 201);
  equal((await userGroup.addUserToGroup(group, member)).res.status, 201);
  const { data: effective } = await them.user.currentWithEffectiveRoles();
  ok(user.hasRole(effective, 'ROLE_INVENTORY_READ') && !user.hasRole(effective, 'ROLE_INVENTORY_ADMIN'));
  const { data: full } = await user.detail(name);
  ok(user.hasAnyGlobalRole(full, [group.id]) && user.hasAllRoles(full, ['ROLE_INVENTORY_READ']));
  equal((await userGroup.detail(group)).data.roles.references.map(one => one.role.id), ['ROLE_INVENTORY_READ']);
  equal((await userGroup.update({ id: group.id, description: 'other' })).data.description, 'other');
  ok(ids((await userGroup.list({ pageSize: 100 })).data).includes(group.id));
  equal((await userGroup.removeUserFromGroup(group, member)).res.status, 204);
  equal((await userGroup.removeRoleFromGroup(group, role)).res.status, 204);
  equal((await userGroup.delete(group)).res.status, 204);
  await refused(404, userGroup.detail(group));
  await user.delete(member);
});

test('roles are listed, and the administrators have number 2', async () => {
  const { data: roles, paging } = await userRole.list({ pageSize: 1000 });
  ok(roles.length > 40 && paging.pageSize === 1000);
  equal((await userGroup.detail(2)).data.name, 'admins');
});

test('inventory roles are assigned on objects', async () => {
  const name = fresh('keeper');
  const member = await created(name);
  const permissions = [
    { scope: 'MANAGED_OBJECT', type: '*', permission: 'READ' },
    { scope: 'MEASUREMENT', type: 'js_Air', permission: 'ADMIN' }
  ];
  const { data: role, res } = await inventoryRole.create({ name: fresh('keepers'), permissions });
  equal([res.status, typeof role.id, role.permissions.length], [201, 'number', 2]);
  const change = { id: role.id, permissions: role.permissions.slice(1) };
  const { data: smaller } = await inventoryRole.update(change);
  equal(smaller.permissions, role.permissions.slice(1));
  await inventoryRole.update({ id: role.id, permissions: role.permissions });
  const object = (await inventory.create({ name: fresh('kept') })).data;
  const them = basic(TENANT, name, password);
  await refused(404, them.inventory.detail(object));
  const assignments = user.inventoryAssignment(member);
  const { data: made, res: assigned } = await assignments.create({ managedObject: object.id, roles: [{ id: role.id }] });
  equal([assigned.status, made.roles.map(one => one.id)], [200, [role.id]]);
  equal((await them.inventory.detail(object)).data.name, object.name);
  equal(ids((await assignments.list()).data), [made.id]);
  equal((await assignments.detail(made)).data.managedObject, object.id);
  equal((await assignments.delete(made)).res.status, 204);
  await refused(404, them.inventory.detail(object));
  ok(ids((await inventoryRole.list({ pageSize: 100 })).data).includes(role.id));
  equal((await inventoryRole.delete(role)).res.status, 204);
  await refused(404, inventoryRole.detail(role));
  await user.delete(member);
});
