// Roles: global ones with members and the matrix, inventory ones with their permissions.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';
import { newPerson } from '../harness/data.js';
import { passesGates } from '../harness/gates.js';

screen('a global role is made, gets roles and members, and goes after its members were counted', async ({ page, open, api }) => {
  await newPerson(api, 'rita', []);
  await open('/roles');
  await page.getByRole('button', { name: 'New global role' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Shift B');
  await page.getByRole('dialog').getByRole('button', { name: 'Create role' }).click();
  await page.getByRole('heading', { name: 'Shift B', level: 1 }).waitFor();
  const id = /global\/(\d+)/.exec(page.url())[1];

  await page.getByRole('link', { name: /^Members/ }).click();
  await page.getByLabel('New member').fill('rit');
  await page.getByRole('option', { name: /rita/ }).click();
  await page.getByRole('button', { name: 'Add member' }).click();
  await page.getByRole('list', { name: 'Members' }).getByRole('link', { name: 'rita' }).waitFor();
  await passesGates(page);

  await page.getByRole('link', { name: 'Roles', exact: true }).last().click();
  await page.getByRole('searchbox', { name: 'Search kinds' }).fill('meas');
  await page.getByRole('checkbox', { name: 'Measurements: READ' }).check();
  const change = page.getByRole('group', { name: 'What saving changes' });
  await change.getByText('adds 1, removes 0').waitFor();
  await change.getByText('1 user affected').waitFor();
  await change.getByRole('button', { name: 'Save' }).click();
  await change.waitFor({ state: 'detached' });
  const group = await api.get(`/user/t100/groups/${id}`);
  assert.deepEqual(group.roles.references.map(({ role }) => role.name), ['ROLE_MEASUREMENT_READ']);

  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete Shift B' });
  await dialog.getByText('1 member loses').waitFor();
  await dialog.getByLabel('Type Shift B to confirm').fill('Shift B');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: 'Roles', level: 1 }).waitFor();
  await assert.rejects(api.get(`/user/t100/groups/${id}`), /404/);
});

screen('an inventory role is made and its permissions are changed', async ({ page, open, api }) => {
  await open('/roles/inventory');
  await page.getByRole('button', { name: 'New inventory role' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Sees pressure');
  await page.getByRole('dialog').getByRole('button', { name: 'Create role' }).click();
  await page.getByRole('heading', { name: 'Sees pressure', level: 1 }).waitFor();
  const id = /inventory\/(\d+)/.exec(page.url())[1];
  await page.getByRole('button', { name: 'Add permission' }).click();
  await page.getByRole('textbox', { name: 'Fragment' }).last().fill('demo_Pressure');
  await page.getByText('+ MEASUREMENT:demo_Pressure:READ').waitFor();
  await passesGates(page);
  await page.getByRole('group', { name: 'What saving changes' }).getByRole('button', { name: 'Save' }).click();
  await page.getByRole('group', { name: 'What saving changes' }).waitFor({ state: 'detached' });
  const role = await api.get(`/user/inventoryroles/${id}`);
  const texts = role.permissions.map((one) => `${one.scope}:${one.type}:${one.permission}`);
  assert.ok(texts.includes('MEASUREMENT:demo_Pressure:READ'), texts.join());
});

screen('the groups that the platform needs keep their name', { language: 'de' }, async ({ page, open, api }) => {
  const { id } = await api.get('/user/t100/groupByName/admins');
  await open(`/roles/global/${id}`);
  assert.equal(await page.getByLabel('Name', { exact: true }).isDisabled(), true);
  assert.equal(await page.getByRole('button', { name: 'Löschen' }).isDisabled(), true);
});

screen('an inventory role that somebody else has changed meanwhile is not written over', async ({ page, open, api }) => {
  const permissions = [{ scope: 'EVENT', type: 'door, left: open', permission: 'READ' }];
  const { id } = await api.post('/user/inventoryroles', { name: 'Doors', permissions });
  await open(`/roles/inventory/${id}`);
  await page.getByRole('button', { name: 'Add permission' }).click();
  await page.getByRole('textbox', { name: 'Fragment' }).last().fill('mine');
  const theirs = { scope: 'ALARM', type: 'theirs', permission: 'READ' };
  await api.put(`/user/inventoryroles/${id}`, { permissions: [...permissions, theirs] });
  const change = page.getByRole('group', { name: 'What saving changes' });
  await change.getByRole('button', { name: 'Save' }).click();
  await change.getByText('Somebody else has changed this').waitFor();
  await change.getByText('− ALARM:theirs:READ').waitFor();
  const now = await api.get(`/user/inventoryroles/${id}`);
  assert.ok(now.permissions.some(({ type }) => type === 'theirs'));
  assert.ok(!now.permissions.some(({ type }) => type === 'mine'));
});
