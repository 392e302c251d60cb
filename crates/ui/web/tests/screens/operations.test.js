// Operations: a device is asked to do something, and what was asked can be called off.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';
import { passesGates } from '../harness/gates.js';

const agent = (api) =>
  api.post('/inventory/managedObjects', {
    name: `Agent ${Date.now()}`,
    c8y_IsDevice: {},
    com_cumulocity_model_Agent: {},
    c8y_SupportedOperations: ['c8y_Restart', 'c8y_Command', 'acme_Blink'],
  });
const asked = async (api, device) => (await api.get(`/devicecontrol/operations?deviceId=${device.id}&revert=true`)).operations;

screen('a device is asked to run a command', async ({ page, open, api }) => {
  const device = await agent(api);
  await open(`/devices/${device.id}/control`);
  await page.getByRole('button', { name: 'Ask the device' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What to do').selectOption({ label: 'Run a command' });
  await dialog.getByLabel('Command').fill('uptime');
  await passesGates(page);
  await dialog.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('row').filter({ hasText: 'Run a command' }).getByText('pending').waitFor();
  const [made] = await asked(api, device);
  assert.deepEqual([made.status, made.c8y_Command], ['PENDING', { text: 'uptime' }]);
});

screen('what is no JSON is refused at its field and nothing is sent', async ({ page, open, api }) => {
  const device = await agent(api);
  await open(`/devices/${device.id}/control`);
  await page.getByRole('button', { name: 'Ask the device' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What to do').selectOption({ label: 'acme_Blink' });
  await dialog.getByLabel('as JSON').fill('{"times": }');
  await dialog.getByRole('button', { name: 'Send' }).click();
  await dialog.getByText('This is no JSON').waitFor();
  assert.deepEqual(await asked(api, device), []);
  await dialog.getByLabel('as JSON').fill('{"times": 3}');
  await dialog.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('row').filter({ hasText: 'acme_Blink' }).waitFor();
  assert.deepEqual((await asked(api, device))[0].acme_Blink, { times: 3 });
});

screen('an operation that nobody has begun is called off, one that has moved on shows it without a reload', async ({ page, open, api }) => {
  const device = await agent(api);
  const make = () => api.post('/devicecontrol/operations', { deviceId: device.id, c8y_Restart: {} });
  const [first, second] = [await make(), await make()];
  await open(`/operations?q=device:${device.id}`);
  await page.getByRole('row').filter({ hasText: 'pending' }).nth(1).waitFor();
  await api.put(`/devicecontrol/operations/${second.id}`, { status: 'EXECUTING' });
  await page.getByRole('row').filter({ hasText: 'executing' }).waitFor();
  await page.getByRole('row').filter({ hasText: 'pending' }).getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Call off' }).click();
  await page.getByRole('dialog', { name: 'Call off 1 operation' }).getByRole('button', { name: 'Call off' }).click();
  await page.getByRole('row').filter({ hasText: 'Called off by' }).waitFor();
  const ended = await api.get(`/devicecontrol/operations/${first.id}`);
  assert.equal(ended.status, 'FAILED');
});

screen('what a device has begun while it was asked whether to call it off is left alone', async ({ page, open, api }) => {
  const device = await agent(api);
  const { id } = await api.post('/devicecontrol/operations', { deviceId: device.id, c8y_Restart: {} });
  await open(`/operations?q=device:${device.id}`);
  await page.getByRole('row').filter({ hasText: 'pending' }).getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Call off' }).click();
  const dialog = page.getByRole('dialog', { name: 'Call off 1 operation' });
  await dialog.getByText('1 operation that no device has begun').waitFor();
  await api.put(`/devicecontrol/operations/${id}`, { status: 'EXECUTING' });
  await page.getByRole('row', { includeHidden: true }).filter({ hasText: 'executing' }).waitFor();
  await dialog.getByRole('button', { name: 'Call off' }).click();
  await page.getByText('The device has begun with 1 of them meanwhile').waitFor();
  assert.equal((await api.get(`/devicecontrol/operations/${id}`)).status, 'EXECUTING');
});

const fleet = async (api, type, ...more) => {
  const devices = [];
  for (const [at, fragments] of more.entries()) {
    devices.push(await api.post('/inventory/managedObjects', { name: `Of many ${at + 1}`, type, c8y_IsDevice: {}, ...fragments }));
  }
  return devices;
};
const able = { com_cumulocity_model_Agent: {}, c8y_SupportedOperations: ['c8y_Restart', 'c8y_Command'] };

screen('chosen devices are asked for anything that they support; those that do not are told apart and get nothing', async ({ page, open, api }) => {
  const type = `many_${Date.now()}`;
  const [one, two, none] = await fleet(api, type, able, able, { com_cumulocity_model_Agent: {}, c8y_SupportedOperations: ['c8y_Restart'] });
  await open(`/devices?q=type:${type}`);
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await page.getByRole('button', { name: 'Send operation' }).click();
  const dialog = page.getByRole('dialog', { name: 'Ask 3 devices to do something' });
  await dialog.getByLabel('What to do').selectOption({ label: 'Run a command (2 of 3)' });
  await dialog.getByLabel('Command').fill('uptime');
  await dialog.getByText('2 devices get the operation').waitFor();
  await dialog.getByText('1 device does not support it and gets none').waitFor();
  await passesGates(page);
  await dialog.getByRole('button', { name: 'Send to 2 devices' }).click();
  await page.getByText('Done for 2 devices').waitFor();
  for (const device of [one, two]) assert.deepEqual((await asked(api, device)).map((made) => made.c8y_Command), [{ text: 'uptime' }]);
  assert.deepEqual(await asked(api, none), []);
});

screen('devices that could not be asked are named with the reason, and trying again asks nobody twice', { expects: [/status of 422/] }, async ({ page, open, api }) => {
  const type = `many_${Date.now()}`;
  // The second one says what it can do, and is no agent.
  const [agent, silent] = await fleet(api, type, able, { c8y_SupportedOperations: ['c8y_Restart'] });
  await open(`/devices?q=type:${type}`);
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await page.getByRole('button', { name: 'Send operation' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What to do').selectOption({ label: 'Restart (2 of 2)' });
  await dialog.getByRole('button', { name: 'Send to 2 devices' }).click();
  await dialog.getByText('Sent to 1. 1 is left').waitFor();
  await dialog.getByRole('link', { name: 'Of many 2' }).waitFor();
  await passesGates(page);
  await api.put(`/inventory/managedObjects/${silent.id}`, { com_cumulocity_model_Agent: {} });
  await dialog.getByRole('button', { name: 'Send to 2 devices' }).click();
  await page.getByText('Done for 1 device').waitFor();
  for (const device of [agent, silent]) assert.equal((await asked(api, device)).length, 1);
});

screen('all devices of a group are asked by one bulk operation of the platform', async ({ page, open, api }) => {
  const devices = await fleet(api, `many_${Date.now()}`, able, able);
  const group = await api.post('/inventory/managedObjects', { name: `Row ${Date.now()}`, type: 'c8y_DeviceGroup', c8y_IsDeviceGroup: {} });
  for (const { id } of devices) await api.post(`/inventory/managedObjects/${group.id}/childAssets`, { managedObject: { id } });
  await open(`/devices?q=group:${group.id}`);
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await page.getByRole('button', { name: 'Send operation' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What to do').selectOption({ label: 'Restart (2 of 2)' });
  await dialog.getByLabel('As one bulk operation of the group').waitFor();
  await dialog.getByLabel('Seconds between two devices').fill('0.5');
  await dialog.getByRole('button', { name: 'Send to 2 devices' }).click();
  await page.waitForFunction(() => /#\/operations\?q=bulk/.test(location.hash));
  const { bulkOperations } = await api.get('/devicecontrol/bulkoperations?pageSize=100');
  const planned = bulkOperations.find((one) => one.groupId === group.id);
  assert.deepEqual([planned.creationRamp, 'c8y_Restart' in planned.operationPrototype], [0.5, true]);
});

screen('what is filled in for many devices stays when one of them changes meanwhile', async ({ page, open, api }) => {
  const type = `many_${Date.now()}`;
  const [one] = await fleet(api, type, able, able);
  await open(`/devices?q=type:${type}`);
  await page.getByText('live', { exact: true }).waitFor();
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await page.getByRole('button', { name: 'Send operation' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What to do').selectOption({ label: 'Run a command (2 of 2)' });
  await dialog.getByLabel('Command').fill('uptime');
  await api.put(`/inventory/managedObjects/${one.id}`, { name: 'Of many, renamed' });
  await page.getByText('Of many, renamed').waitFor();
  assert.equal(await dialog.getByLabel('Command').inputValue(), 'uptime');
});

/** A group of agents, all asked to restart, the last of which has failed. */
async function bulk(api, name) {
  const group = await api.post('/inventory/managedObjects', { name, type: 'c8y_DeviceGroup', c8y_IsDeviceGroup: {} });
  const devices = [await agent(api), await agent(api)];
  for (const { id } of devices) await api.post(`/inventory/managedObjects/${group.id}/childAssets`, { managedObject: { id } });
  const startDate = new Date(Date.now() + 1_000).toISOString();
  const made = await api.post('/devicecontrol/bulkoperations', { groupId: group.id, startDate, creationRamp: 0, operationPrototype: { description: name, c8y_Restart: {} } });
  const operations = async () => (await api.get(`/devicecontrol/operations?bulkOperationId=${made.id}`)).operations;
  // The platform begins by its own clock.
  for (let times = 0; (await operations()).length < 2; times += 1) {
    assert.ok(times < 100, 'it has begun');
    await new Promise((later) => setTimeout(later, 200));
  }
  return { id: made.id, devices, operations: await operations() };
}

screen('a bulk operation shows how far it is, on which device it failed and why, and asks that one again', async ({ page, open, api }) => {
  const name = `Yard ${Date.now()}`;
  const { id, operations } = await bulk(api, name);
  await open('/operations');
  await page.getByRole('link', { name: 'Bulk operations' }).click();
  const row = page.getByRole('row').filter({ hasText: name });
  await row.getByText('0 of 2 done').waitFor();
  // What devices answer is shown without a reload.
  await api.put(`/devicecontrol/operations/${operations[0].id}`, { status: 'SUCCESSFUL' });
  await api.put(`/devicecontrol/operations/${operations[1].id}`, { status: 'FAILED', failureReason: 'Disk full' });
  await row.getByText('2 of 2 done').waitFor();
  await row.getByText('ended, some failed').waitFor();
  await row.getByText('Restart').click();
  const dialog = page.getByRole('dialog', { name: 'Restart' });
  await dialog.getByText('Disk full').waitFor();
  await passesGates(page);
  await dialog.getByRole('button', { name: 'Ask the 1 failed one again' }).click();
  const asking = page.getByRole('dialog', { name: 'Ask again where “Restart” failed' });
  await asking.getByText('1 device gets the operation once more').waitFor();
  await asking.getByRole('button', { name: 'Ask again' }).click();
  await page.getByRole('row').filter({ hasText: `where bulk operation ${id} failed` }).waitFor();
  await row.getByText('Restart').click();
  await dialog.getByRole('link', { name: '1', exact: true }).last().click();
  await page.waitForFunction((wanted) => decodeURIComponent(location.hash.replaceAll('+', ' ')).includes(wanted), `bulk:${id} status:failed`);
  await page.getByRole('row').filter({ hasText: 'Disk full' }).waitFor();
});

screen('a bulk operation that has not begun is moved, and cancelled after saying whom that spares', async ({ page, open, api }) => {
  const name = `Depot ${Date.now()}`;
  const group = await api.post('/inventory/managedObjects', { name, type: 'c8y_DeviceGroup', c8y_IsDeviceGroup: {} });
  const { id: device } = await agent(api);
  await api.post(`/inventory/managedObjects/${group.id}/childAssets`, { managedObject: { id: device } });
  const startDate = new Date(Date.now() + 3_600_000).toISOString();
  const { id } = await api.post('/devicecontrol/bulkoperations', { groupId: group.id, startDate, creationRamp: 2.5, operationPrototype: { c8y_Restart: {} } });
  await open('/operations/bulk?state=SCHEDULED');
  const row = page.getByRole('row').filter({ hasText: name });
  await row.getByText('Restart').click();
  await page.getByRole('button', { name: 'Change the start' }).click();
  await page.getByLabel('Seconds between two devices').fill('10');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('10 s').waitFor();
  assert.equal((await api.get(`/devicecontrol/bulkoperations/${id}`)).creationRamp, 10);
  await page.getByRole('button', { name: 'Cancel it' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel the bulk operation' });
  await dialog.getByText('Devices that were not asked yet are never asked.').waitFor();
  await dialog.getByText('1 device waits').waitFor();
  await passesGates(page);
  await dialog.getByRole('button', { name: 'Cancel it' }).click();
  await row.getByText('cancelled').waitFor();
  assert.equal((await api.get(`/devicecontrol/bulkoperations/${id}`)).generalStatus, 'CANCELED');
});

screen('whoever may not see bulk operations is told what it needs (de)', { as: 'nobody', language: 'de', expects: [/status of 403/] }, async ({ page, open }) => {
  await open('/operations/bulk');
  await page.getByText('ROLE_BULK_OPERATION_READ').waitFor();
  await passesGates(page);
});
