// Managed objects, what is below them, their files and their names.

import test from 'node:test';
import { basic, equal, fresh, ids, ok, refused } from './platform.mjs';

const { inventory, identity, inventoryBinary } = basic();

test('objects are created, read, changed and deleted', async () => {
  const type = fresh('js_Pump');
  const { data: pump, res } = await inventory.create({ name: 'pump', type, js_Spec: { power: 12.5 } });
  equal(res.status, 201);
  ok(res.headers.get('location').endsWith(`/inventory/managedObjects/${pump.id}`));
  equal(pump.js_Spec, { power: 12.5 });
  equal((await inventory.detail(pump.id)).data.name, 'pump');
  const changed = (await inventory.update({ id: pump.id, name: 'renamed', js_Spec: null })).data;
  equal([changed.name, changed.js_Spec], ['renamed', undefined]);
  equal((await inventory.list({ type })).data.map(found => found.id), [pump.id]);
  equal((await inventory.count({ type })).data, 1);
  equal((await inventory.delete(pump)).res.status, 204);
  equal((await refused(404, inventory.detail(pump))).data.error, 'inventory/Not Found');
});

test('pages lead on and back', async () => {
  const type = fresh('js_Paged');
  for (let number = 0; number < 5; number += 1) await inventory.create({ name: `n${number}`, type });
  const first = await inventory.list({ type, pageSize: 2, withTotalPages: true });
  equal([first.data.length, first.paging.totalPages, first.paging.nextPage], [2, 3, 2]);
  const second = await first.paging.next();
  equal([second.paging.currentPage, second.paging.prevPage], [2, 1]);
  const third = await second.paging.next();
  const all = [...first.data, ...second.data, ...third.data];
  equal(new Set(ids(all)).size, 5);
  equal(ids((await third.paging.prev()).data), ids(second.data));
});

test('queries find what they say', async () => {
  const type = fresh('js_Asked');
  const names = ["it's (1) {a}", 'b[2]', 'c'];
  for (const [level, name] of names.entries()) await inventory.create({ name, type, js_Level: { of: level } });
  const named = async filter => (await inventory.listQuery({ __filter: { type, ...filter } })).data.map(one => one.name);
  equal(await named({ name: names[0] }), [names[0]]);
  equal(await named({ name: 'b[2]' }), ['b[2]']);
  equal(await named({ name: '*' }).then(found => found.length), 3);
  equal((await named({ 'js_Level.of': { __gt: 0 } })).sort(), ['b[2]', 'c']);
  equal(await named({ __has: 'js_Missing' }), []);
  const sorted = await inventory.listQuery({ __filter: { type }, __orderby: [{ name: -1 }] });
  equal(sorted.data.map(one => one.name), [...names].sort().reverse());
  equal((await inventory.listQueryDevices({ __filter: { type } })).data, []);
  await refused(422, inventory.list({ query: '$filter=(name eq' }));
});

for (const kind of ['Additions', 'Assets', 'Devices']) {
  test(`child ${kind} are linked, listed and unlinked`, async () => {
    const create = async name => (await inventory.create({ name, c8y_IsDevice: {} })).data;
    const [parent, one, two, three] = [await create('parent'), await create('1'), await create('2'), await create('3')];
    const call = verb => (...values) => inventory[`child${kind}${verb}`](...values);
    equal((await call('Add')(one, parent)).data.id, one.id);
    equal(ids((await call('BulkAdd')([two, three], parent)).data), ids([two, three]));
    const made = (await call('Create')({ name: 'made' }, parent)).data;
    equal(made.name, 'made');
    const listed = await call('List')(parent, { pageSize: 10, withTotalPages: true });
    equal(ids(listed.data), ids([one, two, three, made]));
    equal(listed.paging.totalPages, 1);
    equal((await call('Remove')(two, parent)).res.status, 204);
    const detail = (await inventory.detail(parent, { withChildren: true })).data;
    equal(detail[`child${kind}`].references.length, 3);
    await refused(422, call('Remove')(two, parent));
  });
}

test('external ids lead to their object', async () => {
  const { data: object } = await inventory.create({ name: 'known' });
  const name = { type: 'c8y_Serial', externalId: fresh('serial') };
  const made = await identity.create({ ...name, managedObject: { id: object.id } });
  equal(made.res.status, 201);
  equal((await identity.detail(name)).data.managedObject.id, object.id);
  equal((await identity.list(object.id)).data.map(found => found.externalId), [name.externalId]);
  await refused(409, identity.create({ ...name, managedObject: { id: object.id } }));
  equal((await identity.delete(name)).res.status, 204);
  equal((await refused(404, identity.detail(name))).data.error, 'identity/Not Found');
});

test('files are kept as they were sent', async () => {
  const bytes = Buffer.from([0, 255, 13, 10, 45, 45, 7]);
  const { data: file } = await inventoryBinary.create(bytes, { name: fresh('file'), type: 'js_File' });
  equal([file.length, 'c8y_IsBinary' in file], [7, true]);
  const answer = await inventoryBinary.download(file);
  equal(Buffer.from(await answer.arrayBuffer()), bytes);
  ok(answer.headers.get('content-disposition').startsWith('attachment'));
  equal(ids((await inventoryBinary.list({ ids: file.id })).data), [file.id]);
  equal(inventoryBinary.getIdFromUrl(file.self), file.id);
  equal((await inventoryBinary.delete(file)).res.status, 204);
  await refused(404, inventoryBinary.download(file));
});
