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
