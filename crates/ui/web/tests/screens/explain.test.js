// Explain: what somebody may do, why, and how that changes.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';
import { newPerson } from '../harness/data.js';
import { passesGates } from '../harness/gates.js';
import { newPage } from '../harness/page.js';

const newDevice = (api, name) => api.post('/inventory/managedObjects', { name, c8y_IsDevice: {}, c8y_SupportedOperations: ['c8y_Restart'] });
const give = (api, user, ...lines) =>
  api.put(`/user/t100/users/${user}/permissions`, { rules: lines.map((text) => ({ text })) });
const measure = (api, id, ...names) =>
  api.post('/measurement/measurements', {
    source: { id },
    type: 't',
    time: new Date().toISOString(),
    ...Object.fromEntries(names.map((name) => [name, { T: { value: 4, unit: 'C' } }])),
  });

// R039, R043
screen('Explain tells the origin of each permission: group, parent, inventory role, owner, c8y_Global', async ({ page, open, api, stage }) => {
  const { id } = await newDevice(api, 'Explained');
  const region = await api.post('/inventory/managedObjects', { name: 'Region Nord', type: 'c8y_DeviceGroup', c8y_IsDeviceGroup: {} });
  await api.post(`/inventory/managedObjects/${region.id}/childAssets`, { managedObject: { id } });
  await measure(api, id, 'c8y_Temperature', 'c8y_SignalStrength');
  await newPerson(api, 'tess', []);
  const group = await api.post('/user/t100/groups', { name: 'Shift C' });
  await api.post(`/user/t100/groups/${group.id}/users`, { user: { id: 'tess' } });
  await api.put(`/user/t100/groups/${group.id}/permissions`, { rules: [{ text: `${region.id}, MEASUREMENT, c8y_Temperature, READ` }] });
  const roles = (await api.get('/user/inventoryroles?pageSize=100')).roles;
  const restart = roles.find(({ name }) => name === 'Operations: Restart Device');
  await api.post('/user/t100/users/tess/roles/inventory', { managedObject: region.id, roles: [{ id: restart.id }] });
  await api.put(`/inventory/managedObjects/${id}`, { c8y_Global: {} });

  await open(`/explain?user=tess&device=${id}`);
  const about = (name) => page.getByRole('region', { name, exact: true });
  await about('Object (inventory)').getByText('c8y_Global: every user').first().waitFor();
  const measured = about('Measurements').getByRole('listitem').filter({ hasText: 'Read measurements' });
  await measured.getByText('allowed in part').waitFor();
  await measured.getByRole('link', { name: 'Shift C' }).waitFor();
  await measured.getByRole('link', { name: 'Region Nord' }).waitFor();
  await measured.getByText('c8y_SignalStrength').waitFor();
  await about('Operations').getByRole('link', { name: 'Operations: Restart Device' }).first().waitFor();
  await page.getByLabel('Show what is refused').check();
  await about('Alarms').getByText('Any one of these would grant it').first().waitFor();
  await passesGates(page);

  await open('/explain?user=admin');
  await page.getByText('ROLE_INVENTORY_ADMIN').waitFor();
  await open(`/explain?user=${stage.people.admin.user}&device=${id}`);
  await about('Object (inventory)').getByText('owns the object').first().waitFor();
});

screen('a refusal is listed and leads to a rule', async ({ page, open, api, context, stage }) => {
  const { id } = await newDevice(api, 'Refused');
  stage.people.xena = await newPerson(api, 'xena', []);
  await give(api, 'xena', `${id}, ALARM, *, READ`);
  const theirs = await newPage(context.browser(), stage, { as: 'xena' });
  await assert.rejects(theirs.api.put(`/inventory/managedObjects/${id}`, { name: 'Mine' }), /403/);
  await theirs.context.close();
  await open(`/explain?user=xena&device=${id}`);
  await page.getByText('Changing an object').waitFor();
  await page.getByRole('link', { name: /Make a rule/ }).first().click();
  await page.getByRole('button', { name: 'Grant: Change the object' }).click();
  await page.getByRole('dialog').getByText('becomes possible on 1 object').waitFor();
  await passesGates(page);
});
