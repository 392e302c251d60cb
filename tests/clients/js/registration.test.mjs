// How a device gets its credentials.

import test from 'node:test';
import { BASE, DEVICE_BOOTSTRAP, basic, c8y, equal, fresh, ok, refused } from './platform.mjs';

const { deviceRegistration, deviceRegistrationBulk } = basic();
const [user, pass] = [DEVICE_BOOTSTRAP.split(':')[0], DEVICE_BOOTSTRAP.split(':').slice(1).join(':')];
const asDevice = { basicAuth: { user, pass } };

test('a device that was announced and accepted gets its credentials, once', async () => {
  const id = fresh('device');
  const { data: made, res } = await deviceRegistration.create({ id });
  equal([res.status, made.status], [201, 'WAITING_FOR_CONNECTION']);
  await refused(404, deviceRegistration.bootstrap(id, asDevice));
  equal((await deviceRegistration.detail(id)).data.status, 'PENDING_ACCEPTANCE');
  ok((await deviceRegistration.list({ pageSize: 1000 })).data.some(one => one.id === id));
  equal((await deviceRegistration.accept(id)).data.status, 'ACCEPTED');
  const { data: credentials } = await deviceRegistration.bootstrap(id, asDevice);
  equal([credentials.id, credentials.username], [id, `device_${id}`]);
  const device = new c8y.Client(
    new c8y.BasicAuth({ tenant: credentials.tenantId, user: credentials.username, password: credentials.password }), BASE
  );
  equal((await device.inventory.create({ name: id, c8y_IsDevice: {} })).data.owner, `device_${id}`);
  await refused(404, deviceRegistration.bootstrap(id, asDevice));
});

test('requests are withdrawn, and their number is limited', async () => {
  const id = fresh('withdrawn');
  await deviceRegistration.create({ id });
  await refused(409, deviceRegistration.create({ id }));
  equal((await deviceRegistration.delete(id)).res.status, 204);
  await refused(404, deviceRegistration.detail(id));
  equal((await deviceRegistration.limit()).data.isReached, false);
});

test('all that wait are accepted at once', async () => {
  const id = fresh('many');
  await deviceRegistration.create({ id });
  await refused(404, deviceRegistration.bootstrap(id, asDevice));
  const { data: accepted } = await deviceRegistration.acceptAll();
  ok(accepted.some(one => one.id === id && String(one.successful) === 'true'));
});

test('a file registers many', async () => {
  const id = fresh('bulk');
  const csv = `ID;CREDENTIALS;TYPE;NAME\n${id};four wooden bridges 5;js_Bulk;${id}\n`;
  const { data, res } = await deviceRegistrationBulk.create(Buffer.from(csv));
  equal(res.status, 201);
  equal([data.numberOfAll, data.numberOfSuccessful, data.numberOfFailed], [1, 1, 0]);
  const device = basic(undefined, `device_${id}`, 'four wooden bridges 5');
  ok(device);
});
