// Groups: made, filled, moved, deleted; what is in them stays.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';
import { passesGates } from '../harness/gates.js';

const named = (word) => `${word} ${Date.now()}`;
const inside = async (api, group) =>
  (await api.get(`/inventory/managedObjects/${group}/childAssets?pageSize=100`)).references.map((one) => one.managedObject.id);
const idOf = (page) => new URL(page.url()).hash.match(/groups\/(\d+)/)[1];

screen('a group is made, gets a device, is moved into another one and deleted', { expects: [/status of 404/] }, async ({ page, open, api }) => {
  const [plant, hall, pump] = [named('Plant'), named('Hall'), named('Pump')];
  const device = await api.post('/inventory/managedObjects', { name: pump, c8y_IsDevice: {} });
  const parent = await api.post('/inventory/managedObjects', { name: plant, type: 'c8y_DeviceGroup', c8y_IsDeviceGroup: {} });
  await open('/groups');
  await page.getByRole('button', { name: 'New group', exact: true }).click();
  await page.getByRole('dialog').getByLabel('Name').fill(hall);
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: hall }).waitFor();
  const group = idOf(page);
  await page.getByRole('combobox', { name: 'Device', exact: true }).fill(pump);
  await page.getByRole('option', { name: pump }).click();
  await page.getByRole('button', { name: 'Put a device into it' }).click();
  await page.getByRole('row').filter({ hasText: pump }).waitFor();
  assert.deepEqual(await inside(api, group), [device.id]);
  await page.getByRole('button', { name: 'Move', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: `Move ${hall}` });
  await dialog.getByRole('combobox', { name: 'Into the group' }).fill(plant);
  await dialog.getByRole('option', { name: plant }).click();
  await passesGates(page);
  await dialog.getByRole('button', { name: 'Move', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(await inside(api, parent.id), [group]);
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const consequences = page.getByRole('dialog', { name: `Delete ${hall}` });
  await consequences.getByText('1 device in it stays').waitFor();
  await consequences.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Choose a group').waitFor();
  assert.equal((await api.get(`/inventory/managedObjects/${device.id}`)).name, pump);
  assert.deepEqual(await inside(api, parent.id), []);
});

screen('who may only read a group sees why it cannot be changed', { as: 'reader' }, async ({ page, open, stage }) => {
  await open(`/groups/${stage.samples.group}`);
  for (const name of ['Rename', 'Move', 'Delete']) {
    await page.getByRole('button', { name, exact: true }).waitFor();
    assert.equal(await page.getByRole('button', { name, exact: true }).isDisabled(), true);
  }
  await passesGates(page);
});

screen('an address that is no id asks nothing', { expects: [/status of 40\d/] }, async ({ page, open }) => {
  const asked = [];
  page.on('request', (request) => asked.push(decodeURIComponent(request.url())));
  await open(`/groups/${encodeURIComponent('1) or has(x')}`);
  await page.getByRole('heading', { name: 'Groups', exact: true }).waitFor();
  assert.ok(!asked.some((url) => url.includes('bygroupid(1) or')), asked.join('\n'));
});

screen('a dialog that was cancelled opens again', async ({ page, open, api }) => {
  const name = named('Yard');
  const { id } = await api.post('/inventory/managedObjects', { name, type: 'c8y_DeviceGroup', c8y_IsDeviceGroup: {} });
  await open(`/groups/${id}`);
  const dialog = page.getByRole('dialog', { name: 'Rename' });
  for (const leave of [() => dialog.getByRole('button', { name: 'Cancel' }).click(), () => page.keyboard.press('Escape')]) {
    await page.getByRole('button', { name: 'Rename' }).click();
    await dialog.waitFor();
    await leave();
    await dialog.waitFor({ state: 'detached' });
  }
});
