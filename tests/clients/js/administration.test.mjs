// The audit log, tenants, options, login options and applications.

import test from 'node:test';
import { BASE, TENANT, USER, basic, c8y, equal, fresh, ids, management, ok, refused } from './platform.mjs';

const { audit, inventory, tenant, options, application } = basic();

test('the audit log tells who did what, and takes records of applications', async () => {
  const { data: object } = await inventory.create({ name: fresh('noted') });
  const { data: records } = await audit.list({ source: object.id });
  equal(records.map(one => [one.type, one.activity, one.user]), [['Inventory', 'Managed object created', USER]]);
  equal((await audit.detail(records[0])).data.id, records[0].id);
  const { data: own, res } = await audit.create({
    type: 'Inventory', activity: 'Looked at', text: 'by hand', source: { id: object.id }, time: new Date().toISOString()
  });
  equal([res.status, own.user], [201, USER]);
  equal((await audit.list({ source: object.id })).data.length, 2);
});

test('the tenant knows itself', async () => {
  const { data: own } = await tenant.current();
  equal(own.name, TENANT);
  equal(await tenant.currentTenantType(own), 'REGULAR');
  await refused(403, tenant.list());
});

test('tenants are created, changed and deleted by the operator', async () => {
  const operator = management();
  const id = `t${process.pid}`;
  const { data: made, res } = await operator.tenant.create({
    id, domain: id, company: 'js', adminName: 'admin', adminPass: 'four wooden bridges 6'
  });
  equal([res.status, made.id, made.adminPass], [201, id, undefined]);
  equal((await operator.tenant.detail(made)).data.company, 'js');
  equal((await operator.tenant.update({ id, company: 'changed' })).data.company, 'changed');
  ok(ids((await operator.tenant.list({ pageSize: 100 })).data).includes(id));
  const theirs = basic(id, 'admin', 'four wooden bridges 6');
  equal((await theirs.tenant.current()).data.name, id);
  await theirs.inventory.create({ name: 'only here', type: fresh('js_Theirs') });
  equal((await operator.tenant.delete(made)).res.status, 204);
  await refused(401, theirs.tenant.current());
});

test('options are set, read, changed and deleted, and secrets are not told', async () => {
  const category = fresh('js.options');
  const { data: made, res } = await options.tenant.create({ category, key: 'colour', value: 'red' });
  equal([res.status, made.value], [200, 'red']);
  equal((await options.tenant.detail({ category, key: 'colour' })).data.value, 'red');
  equal((await options.tenant.update({ category, key: 'colour', value: 'blue' })).data.value, 'blue');
  await options.tenant.create({ category, key: 'credentials.key', value: 'canary' });
  const listed = (await options.tenant.list({ pageSize: 1000 })).data.filter(one => one.category === category);
  equal(listed.map(one => one.value).sort(), ['<<Encrypted>>', 'blue']);
  equal((await options.tenant.delete({ category, key: 'colour' })).res.status, 204);
  await refused(404, options.tenant.detail({ category, key: 'colour' }));
});

test('options of the platform and ways to sign in are listed', async () => {
  const { data: system } = await options.system.list();
  ok(system.length > 0);
  equal((await options.system.detail(system[0])).data.value, system[0].value);
  const { data: ways } = await options.login.list();
  ok(ways.some(way => way.type === 'BASIC' && way.visibleOnLoginPage === true));
  const stranger = new c8y.TenantLoginOptionsService(new c8y.FetchClient(undefined, BASE));
  ok((await stranger.list()).data.some(way => way.type === 'OAUTH2_INTERNAL'));
});

test('applications are listed, made and deleted', async () => {
  const name = fresh('js-app');
  const { data: made, res } = await application.create({ name, key: `${name}-key`, type: 'HOSTED', contextPath: name });
  equal([res.status, made.owner.tenant.id], [201, TENANT]);
  equal((await application.detail(made)).data.name, name);
  ok(ids((await application.list({ pageSize: 1000 })).data).includes(made.id));
  equal(ids((await application.listByName(name)).data), [made.id]);
  ok(ids((await application.listByOwner(TENANT, { pageSize: 1000 })).data).includes(made.id));
  ok(ids((await application.listByTenant(TENANT, { pageSize: 1000 })).data).includes(made.id));
  equal(application.getHref(made), `/apps/${name}`);
  equal((await application.delete(made)).res.status, 204);
  await refused(404, application.detail(made));
});
