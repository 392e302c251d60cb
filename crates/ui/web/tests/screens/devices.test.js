// Devices: what is done to many hits exactly what was shown, and nothing of one device is saved to another.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';
import { passesGates } from '../harness/gates.js';

let made = 0;
const device = (api, name, more = {}) =>
  api.post('/inventory/managedObjects', { name, type: `w3_${Date.now()}_${(made += 1)}`, c8y_IsDevice: {}, ...more });
const objects = async (api, query) => (await api.get(`/inventory/managedObjects?query=${encodeURIComponent(query)}&pageSize=100`)).managedObjects;

screen('deleting what matches hits exactly what was shown', async ({ page, open, api }) => {
  const type = `w3_bulk_${Date.now()}`;
  const [first] = [await device(api, 'Bulk 1', { type }), await device(api, 'Bulk 2', { type }), await device(api, 'Bulk 3', { type })];
  const below = await device(api, 'Below bulk 1');
  await api.post(`/inventory/managedObjects/${first.id}/childDevices`, { managedObject: { id: below.id } });
  const other = await device(api, 'Bulk other');
  await open(`/devices?q=type:${type}`);
  await page.getByRole('checkbox', { name: 'Select Bulk 1' }).check();
  await page.getByRole('checkbox', { name: 'Select Bulk 3' }).check();
  await page.getByRole('region', { name: '2 selected' }).getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete 2 devices' });
  await dialog.getByText('1 object below them').waitFor();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Done for 2 devices').waitFor();
  assert.deepEqual((await objects(api, `type eq '${type}'`)).map((one) => one.name), ['Bulk 2']);
  assert.equal((await api.get(`/inventory/managedObjects/${other.id}`)).name, 'Bulk other');
});

screen('of groups with one name the chosen one is joined, and a typed name that is not unique is refused', async ({ page, open, api }) => {
  const name = `Hall ${Date.now()}`;
  const group = () => api.post('/inventory/managedObjects', { name, type: 'c8y_DeviceGroup', c8y_IsDeviceGroup: {} });
  const [first, second] = [await group(), await group()];
  const one = await device(api, 'Joins');
  await open(`/devices?q=id:${one.id}`);
  await page.getByRole('checkbox', { name: 'Select Joins' }).check();
  await page.getByRole('button', { name: 'Add to a group' }).click();
  const dialog = page.getByRole('dialog');
  const field = dialog.getByRole('combobox');
  await field.fill(name);
  await dialog.getByRole('option').nth(1).waitFor();
  await field.press('Tab');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByText('There are several groups called').waitFor();
  await passesGates(page);
  await field.fill(name);
  await dialog.getByRole('option').filter({ hasText: second.id }).click();
  assert.equal(await field.inputValue(), `${name} (${second.id})`);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Done for 1 device').waitFor();
  const members = async (id) => (await api.get(`/inventory/managedObjects/${id}/childAssets`)).references.map((one) => one.managedObject.id);
  assert.deepEqual([await members(first.id), await members(second.id)], [[], [one.id]]);
});

screen('a device that the filter excludes is not counted as new', async ({ page, open, api }) => {
  const type = `w3_news_${Date.now()}`;
  await device(api, 'Was there', { type });
  await open(`/devices?q=type:${type}`);
  await page.getByText('live', { exact: true }).waitFor();
  await device(api, 'Of no interest');
  await device(api, 'Wanted', { type });
  await page.getByRole('button', { name: '1 new device, show' }).click();
  await page.getByRole('row').filter({ hasText: 'Wanted' }).waitFor();
});

screen('what was typed for one device is not saved to another, and none is shown where none is', { expects: [/status of 404/] }, async ({ page, open, api }) => {
  const [first, second] = [await device(api, 'First of two'), await device(api, 'Second of two')];
  await open(`/devices/${first.id}/info`);
  const notes = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Notes' }) });
  await notes.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('textbox', { name: 'Notes' }).fill('only for the first');
  await page.evaluate((id) => (location.hash = `#/devices/${id}/info`), second.id);
  await page.getByRole('heading', { name: 'Second of two' }).waitFor();
  assert.equal(await page.getByRole('textbox', { name: 'Notes' }).count(), 0);
  await page.evaluate(() => (location.hash = '#/devices/99999999999/info'));
  await page.getByText('This is not here').waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Second of two' }).count(), 0);
});

screen('notes that somebody else has written meanwhile are shown and not overwritten unseen', async ({ page, open, api }) => {
  const one = await device(api, 'Noted', { c8y_Notes: 'before' });
  const note = async () => (await api.get(`/inventory/managedObjects/${one.id}`)).c8y_Notes;
  await open(`/devices/${one.id}/info`);
  const notes = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Notes' }) });
  await notes.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('textbox', { name: 'Notes' }).fill('mine');
  await api.put(`/inventory/managedObjects/${one.id}`, { c8y_Notes: 'theirs' });
  await notes.getByRole('button', { name: 'Save' }).click();
  const clash = notes.getByRole('alert');
  await clash.getByText('theirs').waitFor();
  await clash.getByText('mine', { exact: true }).waitFor();
  assert.equal(await note(), 'theirs');
  await passesGates(page);
  await clash.getByRole('button', { name: 'Save mine over it' }).click();
  await clash.waitFor({ state: 'hidden' });
  await page.getByRole('textbox', { name: 'Notes' }).waitFor({ state: 'hidden' });
  assert.equal(await note(), 'mine');
});

screen('data that somebody else has changed meanwhile is shown and kept', async ({ page, open, api }) => {
  const one = await device(api, 'Held', { acme_Limit: 1 });
  await open(`/devices/${one.id}/data`);
  await page.getByRole('button', { name: 'Edit as JSON' }).click();
  const area = page.getByRole('textbox', { name: 'Data as JSON' });
  await area.fill((await area.inputValue()).replace('"acme_Limit": 1', '"acme_Limit": 2'));
  await api.put(`/inventory/managedObjects/${one.id}`, { acme_Limit: 7 });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Keep what is there' }).click();
  assert.equal((await api.get(`/inventory/managedObjects/${one.id}`)).acme_Limit, 7);
});

screen('another interval does not end the maintenance', async ({ page, open, api }) => {
  const one = await device(api, 'Maintained', { c8y_RequiredAvailability: { responseInterval: -30 } });
  await open(`/devices/${one.id}/info`);
  await page.getByRole('button', { name: 'Required interval in minutes' }).click();
  await page.getByRole('spinbutton').fill('45');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('45 minutes').waitFor();
  const after = await api.get(`/inventory/managedObjects/${one.id}`);
  assert.equal(after.c8y_RequiredAvailability.responseInterval, -45);
});

screen('a device that tells nonsense about itself is shown all the same', async ({ page, open, api }) => {
  const one = await device(api, 'Nonsense', { c8y_SupportedOperations: 'c8y_Restart', c8y_Hardware: 'x' });
  await open(`/devices/${one.id}/info`);
  await page.getByRole('heading', { name: 'Hardware and software' }).waitFor();
  await open(`/devices/${one.id}/control`);
  await page.getByRole('button', { name: 'Ask the device' }).click();
  await page.getByRole('dialog').getByLabel('What to do').waitFor();
});

screen('deleting a device counts everything below it', async ({ page, open, api }) => {
  const [top, middle, low] = [await device(api, 'Top'), await device(api, 'Middle'), await device(api, 'Low')];
  const link = (parent, child) => api.post(`/inventory/managedObjects/${parent.id}/childDevices`, { managedObject: { id: child.id } });
  await link(top, middle);
  await link(middle, low);
  await open(`/devices/${top.id}/info`);
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete device' }).click();
  await page.getByRole('dialog').getByText('2 objects below it').waitFor();
});

screen('the filter of a column is the text of the filter bar and the address', async ({ page, open, api }) => {
  const type = `w3_column_${Date.now()}`;
  for (const version of ['1.0', '2.0', '3.0']) {
    await device(api, `Column ${version}`, { type, c8y_Firmware: { version }, c8y_Hardware: { serialNumber: `S ${version}` } });
  }
  await open(`/devices?q=type:${type}`);
  const rows = () => page.getByRole('row').filter({ hasText: 'Column' });
  await page.getByRole('columnheader', { name: /Firmware/ }).hover();
  await page.getByRole('button', { name: 'Filter by Firmware' }).click();
  const dialog = page.getByRole('dialog', { name: 'Filter by Firmware' });
  await dialog.getByLabel('Condition').selectOption('up to');
  await dialog.getByRole('combobox', { name: 'Value' }).fill('2.0');
  await passesGates(page);
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('2 devices', { exact: true }).waitFor();
  assert.match(decodeURIComponent(page.url()), /q=type:w3_column_\d+\+fw<=2\.0/);
  assert.equal(await rows().count(), 2);
  // What was typed into the bar is found in the form again.
  await page.getByRole('columnheader', { name: /Name/ }).hover();
  await page.getByRole('button', { name: 'Filter by Name' }).click();
  const second = page.getByRole('dialog', { name: 'Filter by Name' });
  await second.getByRole('combobox', { name: 'Value' }).fill('1.0 | nothing');
  await second.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('1 device', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Filter by Firmware' }).click();
  assert.equal(await dialog.getByRole('combobox', { name: 'Value' }).inputValue(), '2.0');
  await dialog.getByRole('button', { name: 'Remove conditions' }).click();
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await page.waitForFunction(() => !location.hash.includes('fw'));
});

screen('states are chosen in the filter of their column (de)', { language: 'de' }, async ({ page, open, api }) => {
  const type = `w3_state_${Date.now()}`;
  await device(api, 'Zustand A', { type, c8y_RequiredAvailability: { responseInterval: 30 } });
  await device(api, 'Zustand B', { type });
  await open(`/devices?q=type:${type}`);
  await page.getByRole('button', { name: 'Nach Status filtern' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Nach Status filtern' });
  await dialog.getByLabel('nie gehört').or(dialog.getByRole('checkbox').nth(3)).first().check();
  await passesGates(page);
  await dialog.getByRole('button', { name: 'Anwenden' }).click();
  await page.getByText('1 Gerät', { exact: true }).waitFor();
  assert.match(decodeURIComponent(page.url()), /status:never/);
});

screen('from a device one goes to the next of the list that it was opened from, and back to that list', async ({ page, open, api }) => {
  const type = `w3_next_${Date.now()}`;
  const [first, second, third] = [await device(api, 'Next A', { type }), await device(api, 'Next B', { type }), await device(api, 'Next C', { type })];
  await open(`/devices?q=type:${type}&sort=-name`);
  await page.getByRole('link', { name: 'Next C', exact: true }).click();
  await page.getByText('1 of 3').waitFor();
  await page.getByRole('link', { name: 'Identity' }).click();
  await page.getByRole('link', { name: 'Next device' }).click();
  await page.getByText('2 of 3').waitFor();
  assert.match(page.url(), new RegExp(`#/devices/${second.id}/identity`));
  // A link that somebody was given knows it too.
  await page.reload();
  await page.getByRole('link', { name: 'Next device' }).click();
  await page.getByText('3 of 3').waitFor();
  assert.match(page.url(), new RegExp(`#/devices/${first.id}/identity`));
  assert.equal(await page.getByRole('link', { name: 'Next device' }).count(), 0);
  await page.getByRole('navigation', { name: 'Where the device is' }).getByRole('link', { name: 'Devices' }).click();
  await page.getByText('3 devices', { exact: true }).waitFor();
  await page.getByRole('row').nth(1).filter({ hasText: third.name }).waitFor();
});

screen('each way to a device through groups is shown from the top', async ({ page, open, api }) => {
  const group = (name) => api.post('/inventory/managedObjects', { name, type: 'c8y_DeviceGroup', c8y_IsDeviceGroup: {} });
  const put = (parent, child) => api.post(`/inventory/managedObjects/${parent.id}/childAssets`, { managedObject: { id: child.id } });
  const [region, hall, fleet, one] = [await group('Region W'), await group('Hall W'), await group('Fleet W'), await device(api, 'Grouped')];
  for (const [parent, child] of [[region, hall], [hall, one], [fleet, one]]) await put(parent, child);
  await open(`/devices/${one.id}/info`);
  const where = page.getByRole('navigation', { name: 'Where the device is' });
  await where.getByRole('link', { name: 'Region W' }).waitFor();
  assert.deepEqual((await where.getByRole('link').allTextContents()).sort(), ['Devices', 'Fleet W', 'Hall W', 'Region W']);
});

screen('new hardware comes into the place of a device, which keeps its history', async ({ page, open, api }) => {
  const at = Date.now();
  const [old, fresh] = [await device(api, `Worn ${at}`), await device(api, `Fresh ${at}`, { c8y_Hardware: { serialNumber: `NEW-${at}` } })];
  const bind = (one, type, externalId) => api.post(`/identity/globalIds/${one.id}/externalIds`, { type, externalId });
  await bind(old, 'c8y_Serial', `OLD-${at}`);
  await bind(old, 'erp', `77-${at}`);
  await bind(fresh, 'c8y_Serial', `NEW-${at}`);
  const value = { source: { id: old.id }, type: 'w3', time: new Date().toISOString(), w3_T: { T: { value: 1 } } };
  await api.post('/measurement/measurements', value);
  await open(`/devices/${old.id}/identity`);
  await page.getByRole('button', { name: 'Replace device' }).click();
  const dialog = page.getByRole('dialog', { name: `Replace Worn ${at} by new hardware` });
  await dialog.getByRole('combobox', { name: 'New hardware' }).fill(`Fresh ${at}`);
  await dialog.getByRole('option').first().click();
  await dialog.getByText(`What comes from NEW-${at} goes to this entry.`).waitFor();
  // It holds nothing: it may go.
  assert.ok(await dialog.getByRole('checkbox').isChecked());
  await passesGates(page);
  await dialog.getByRole('button', { name: 'Replace', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText(`NEW-${at}`).first().waitFor();
  const { externalIds } = await api.get(`/identity/globalIds/${old.id}/externalIds`);
  assert.deepEqual(externalIds.map((one) => one.externalId).sort(), [`77-${at}`, `NEW-${at}`]);
  assert.equal((await api.get(`/inventory/managedObjects/${old.id}`)).c8y_Hardware.serialNumber, `NEW-${at}`);
  assert.equal((await api.get(`/measurement/measurements?source=${old.id}`)).measurements.length, 1);
  await assert.rejects(api.get(`/inventory/managedObjects/${fresh.id}`), /404/);
});

screen('the path of a line of the data is found with the keyboard, to be copied', async ({ page, open, api }) => {
  const one = await device(api, 'Read', { acme_Limits: { low: [1, 2] } });
  await open(`/devices/${one.id}/data`);
  const text = page.locator('pre');
  await text.getByText('"low": [').click();
  await page.getByRole('status').getByText('acme_Limits.low', { exact: true }).waitFor();
  await text.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.getByRole('status').getByText('acme_Limits.low[1]', { exact: true }).waitFor();
  await passesGates(page);
});
