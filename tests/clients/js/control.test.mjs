// What devices are told to do, one by one and in bulk.

import test from 'node:test';
import { basic, equal, eventually, fresh, ok, refused } from './platform.mjs';

const { inventory, operation, operationBulk } = basic();

const agent = async () =>
  (await inventory.create({ name: fresh('agent'), c8y_IsDevice: {}, com_cumulocity_model_Agent: {} })).data;

test('an operation goes from pending to its end and no way back', async () => {
  const { id: deviceId } = await agent();
  const { data: made, res } = await operation.create({ deviceId, description: 'restart', c8y_Restart: {} });
  equal([res.status, made.status], [201, 'PENDING']);
  equal((await operation.detail(made)).data.description, 'restart');
  equal((await operation.update({ id: made.id, status: 'EXECUTING' })).data.status, 'EXECUTING');
  equal((await operation.list({ deviceId, status: 'EXECUTING' })).data.map(one => one.id), [made.id]);
  equal((await operation.list({ deviceId, status: 'PENDING' })).data, []);
  const failed = { id: made.id, status: 'FAILED', failureReason: 'no power' };
  equal((await operation.update(failed)).data.failureReason, 'no power');
  await refused(422, operation.update({ id: made.id, status: 'PENDING' }));
  await refused(404, operation.detail('4294967295'));
});

test('a bulk operation reaches every device of its group', async () => {
  const devices = [await agent(), await agent()];
  const group = (await inventory.create({ name: fresh('group'), type: 'c8y_DeviceGroup', c8y_IsDeviceGroup: {} })).data;
  for (const device of devices) await inventory.childAssetsAdd(device, group);
  const { data: made, res } = await operationBulk.create({
    groupId: group.id,
    startDate: new Date(Date.now() + 500).toISOString(),
    creationRamp: 1,
    operationPrototype: { description: 'all restart', c8y_Restart: {} }
  });
  equal([res.status, made.groupId, made.creationRamp], [201, group.id, 1]);
  ok((await operationBulk.list({ pageSize: 100 })).data.some(one => one.id === made.id));
  const of = device => operation.list({ deviceId: device.id }).then(found => found.data);
  const reached = await eventually(async () => {
    const found = (await Promise.all(devices.map(of))).flat();
    return found.length === 2 && found;
  });
  equal(new Set(reached.map(one => one.bulkOperationId)), new Set([String(made.id)]));
  for (const one of reached) await operation.update({ id: one.id, status: 'SUCCESSFUL' });
  const done = await eventually(async () => {
    const { data } = await operationBulk.detail(made);
    return data.generalStatus === 'SUCCESSFUL' && data;
  });
  equal([done.progress.all, done.progress.successful], [2, 2]);
});

test('a bulk operation that has not begun is changed and deleted', async () => {
  const group = (await inventory.create({ name: fresh('group'), type: 'c8y_DeviceGroup', c8y_IsDeviceGroup: {} })).data;
  const later = hours => new Date(Date.now() + hours * 3_600_000).toISOString();
  const prototype = { operationPrototype: { c8y_Restart: {} } };
  const wanted = { groupId: group.id, startDate: later(1), creationRamp: 15, ...prototype };
  const { data: made } = await operationBulk.create(wanted);
  const { data: changed } = await operationBulk.update({ id: made.id, creationRamp: 30 });
  equal(changed.creationRamp, 30);
  equal((await operationBulk.delete(made)).res.status, 204);
});
