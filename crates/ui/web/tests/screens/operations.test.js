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
