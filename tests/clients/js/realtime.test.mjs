// What happens is told while it happens.

import test from 'node:test';
import { BASE, PASSWORD, TENANT, USER, basic, c8y, equal, eventually, fresh, ok } from './platform.mjs';

const quiet = basic();

// Subscribes and gives what arrives; the first message that is sent to nobody is waited for.
const follow = async (client, channel) => {
  const arrived = [];
  const subscribed = new Promise(resolve => client.realtime.cometd.addListener('/meta/subscribe', resolve));
  const handle = client.realtime.subscribe(channel, message => arrived.push(message));
  ok((await subscribed).successful);
  return { arrived, handle };
};

const closed = client => new Promise(resolve => client.realtime.disconnect(resolve));

for (const [way, connect] of [
  ['basic', async () => basic()],
  ['a session', () => c8y.Client.authenticateViaOAuthInternal({ tenant: TENANT, user: USER, password: PASSWORD }, BASE)]
]) {
  test(`objects and what they send are followed with ${way}`, async () => {
    const client = await connect();
    const { data: device } = await quiet.inventory.create({ name: fresh('followed'), c8y_IsDevice: {} });
    const objects = await follow(client, `/managedobjects/${device.id}`);
    const measurements = await follow(client, `/measurements/${device.id}`);
    const alarms = await follow(client, `/alarms/${device.id}`);
    await quiet.inventory.update({ id: device.id, name: 'renamed' });
    const js_Air = { T: { value: 1 } };
    await quiet.measurement.create({ sourceId: device.id, type: 'js_Air', js_Air });
    const time = new Date().toISOString();
    const alarm = { source: { id: device.id }, type: 'js_Hot', text: 'hot', severity: 'MAJOR', time };
    const { data: raised } = await quiet.alarm.create(alarm);
    await eventually(() => objects.arrived.length && measurements.arrived.length && alarms.arrived.length);
    const [changed] = objects.arrived;
    equal([changed.data.realtimeAction, changed.data.data.name], ['UPDATE', 'renamed']);
    equal(measurements.arrived[0].data.data.js_Air.T.value, 1);
    equal([alarms.arrived[0].data.realtimeAction, alarms.arrived[0].data.data.id], ['CREATE', raised.id]);
    client.realtime.unsubscribe(objects.handle);
    await quiet.inventory.delete(device);
    await closed(client);
    ok(client.realtime.isDisconnected());
  });
}
