// Rules and inventory roles, from the user’s and from the object’s side; who can do something; what everybody may see.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';
import { newPerson } from '../harness/data.js';
import { passesGates } from '../harness/gates.js';

const newDevice = (api, name) => api.post('/inventory/managedObjects', { name, c8y_IsDevice: {}, c8y_SupportedOperations: ['c8y_Restart'] });
const rulesOf = async (api, user) => (await api.get(`/user/t100/users/${user}/permissions`)).rules.map(({ text }) => text);
const give = (api, user, ...lines) =>
  api.put(`/user/t100/users/${user}/permissions`, { rules: lines.map((text) => ({ text })) });
const measure = (api, id, ...names) =>
  api.post('/measurement/measurements', {
    source: { id },
    type: 't',
    time: new Date().toISOString(),
    ...Object.fromEntries(names.map((name) => [name, { T: { value: 4, unit: 'C' } }])),
  });

// R030, R040
screen('rules are completed, pasted, previewed, saved and taken away from the user’s side', async ({ page, open, api }) => {
  const { id } = await newDevice(api, 'Completed pump');
  await measure(api, id, 'demo_Flow');
  await newPerson(api, 'uwe', []);
  await open('/users/uwe/rules');
  await page.getByRole('combobox', { name: 'Object' }).fill('Completed');
  await page.getByRole('option', { name: /Completed pump/ }).click();
  await page.getByLabel('Kind of data').selectOption('MEASUREMENT');
  await page.getByRole('combobox', { name: 'Fragment' }).fill('demo');
  await page.getByRole('option', { name: 'demo_Flow' }).click();
  await page.getByRole('button', { name: 'Add rule' }).click();
  const change = page.getByRole('region', { name: 'What this changes' });
  await change.getByText('becomes possible on 1 object').waitFor();
  await page.getByRole('button', { name: 'Paste lines' }).click();
  await page.getByLabel('Rules, one in each line').fill(`${id}, ALARM, *, READ\n${id}, ALARM, READ`);
  await page.getByText('Line 2:').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Take 1 line' }).isDisabled(), true);
  await page.getByLabel('Rules, one in each line').fill(`${id}, ALARM, *, READ`);
  await page.getByRole('button', { name: 'Take 1 line' }).click();
  await change.getByText('adds 2, removes 0').waitFor();
  await passesGates(page);
  await change.getByRole('button', { name: 'Save rules' }).click();
  await change.waitFor({ state: 'detached' });
  assert.deepEqual((await rulesOf(api, 'uwe')).sort(), [`${id}, ALARM, *, READ`, `${id}, MEASUREMENT, demo_Flow, READ`]);

  await page.getByRole('button', { name: `Remove the rule ${id}, ALARM, *, READ` }).click();
  await page.getByRole('region', { name: 'What this changes' }).getByText('adds 0, removes 1').waitFor();
  await page.getByRole('button', { name: 'Save rules' }).click();
  await page.getByRole('region', { name: 'What this changes' }).waitFor({ state: 'detached' });
  assert.deepEqual(await rulesOf(api, 'uwe'), [`${id}, MEASUREMENT, demo_Flow, READ`]);
});

// R036
screen('rules and inventory roles are given and taken on the object’s side', async ({ page, open, api }) => {
  const { id } = await newDevice(api, 'Object side');
  await newPerson(api, 'vera', []);
  await open(`/devices/${id}/permissions`);
  const whom = page.getByRole('group', { name: 'For whom' });
  await whom.getByRole('combobox', { name: 'User' }).fill('ver');
  await whom.getByRole('option', { name: /vera/ }).click();
  await page.getByRole('region', { name: 'Give a rule on this object' }).getByLabel('Kind of data').selectOption('ALARM');
  await page.getByRole('button', { name: 'Add rule' }).click();
  await page.getByRole('button', { name: 'Save rules' }).click();
  const here = page.getByRole('region', { name: 'Rules on this object' });
  await here.getByText(`${id}, ALARM, *, READ`).waitFor();
  assert.deepEqual(await rulesOf(api, 'vera'), [`${id}, ALARM, *, READ`]);

  const to = page.getByRole('group', { name: 'Assign to' });
  await to.getByText('Group', { exact: true }).click();
  await to.getByRole('combobox', { name: 'Group' }).fill('business');
  await to.getByRole('option', { name: 'Business User' }).click();
  await page.getByLabel('Inventory role', { exact: true }).selectOption({ label: 'Reader' });
  await page.getByRole('button', { name: 'Assign', exact: true }).click();
  const assigned = page.getByRole('region', { name: 'Inventory roles on this object' });
  await assigned.getByRole('link', { name: 'Reader' }).waitFor();

  await here.getByRole('button', { name: /Remove the rule/ }).click();
  await page.getByRole('dialog').getByText('ends on').waitFor({ timeout: 5_000 }).catch(() => undefined);
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await here.getByText('No rule names this object').waitFor();
  assert.deepEqual(await rulesOf(api, 'vera'), []);
  await passesGates(page);
});

// R037
screen('who can do something is answered, and c8y_Global is switched with a warning', async ({ page, open, api }) => {
  const { id } = await newDevice(api, 'Shown to all');
  await newPerson(api, 'walt', []);
  await give(api, 'walt', `${id}, OPERATION, c8y_Restart, ADMIN`);
  await open(`/devices/${id}/permissions`);
  const who = page.getByRole('region', { name: 'Who can do it' });
  await who.getByLabel('Kind of data').selectOption('OPERATION');
  await who.getByRole('combobox', { name: 'Permission' }).selectOption('ADMIN');
  await who.getByRole('link', { name: 'walt' }).waitFor();
  await who.getByText(`${id}, OPERATION, c8y_Restart, ADMIN`).waitFor();

  await page.getByRole('button', { name: 'Show to everybody' }).click();
  const dialog = page.getByRole('dialog', { name: 'Show Shown to all to every user of the tenant' });
  await dialog.getByText('Every user of this tenant reads').waitFor();
  await passesGates(page);
  await dialog.getByRole('button', { name: 'Show to everybody' }).click();
  await page.getByRole('button', { name: 'Show to those with a permission only' }).waitFor();
  assert.ok('c8y_Global' in (await api.get(`/inventory/managedObjects/${id}`)));
});

screen('a rule about a fragment with commas and colons is shown, and stays when another one is taken', async ({ page, open, api }) => {
  const { id } = await newDevice(api, 'Odd names');
  await newPerson(api, 'yves', []);
  const [odd, plain] = [`${id}, EVENT, door, left: open, READ`, `${id}, ALARM, *, READ`];
  await give(api, 'yves', odd, plain);
  await open('/users/yves/rules');
  await page.getByText(odd, { exact: true }).waitFor();
  await page.getByRole('button', { name: `Remove the rule ${plain}` }).click();
  await page.getByRole('button', { name: 'Save rules' }).click();
  await page.getByRole('region', { name: 'What this changes' }).waitFor({ state: 'detached' });
  assert.deepEqual(await rulesOf(api, 'yves'), [odd]);
});

screen('rules are not saved without their preview', { expects: [/status of 503/] }, async ({ page, open, api }) => {
  const { id } = await newDevice(api, 'No preview');
  await newPerson(api, 'no-preview', []);
  await give(api, 'no-preview', `${id}, ALARM, *, READ`);
  await page.route('**/permissions/preview', (route) =>
    route.fulfill({ status: 503, json: { error: 'general/Unavailable', message: 'Later.' } }),
  );
  await open('/users/no-preview/rules');
  await page.getByRole('button', { name: `Remove the rule ${id}, ALARM, *, READ` }).click();
  const change = page.getByRole('region', { name: 'What this changes' });
  await change.getByRole('alert').waitFor();
  assert.equal(await change.getByRole('button', { name: 'Save rules' }).isDisabled(), true);
});
