// What a restricted user sees, and how an administrator lets it see more.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';
import { newPerson } from '../harness/data.js';
import { newPage } from '../harness/page.js';

const newDevice = (api, name) => api.post('/inventory/managedObjects', { name, c8y_IsDevice: {}, c8y_SupportedOperations: ['c8y_Restart'] });
const rulesOf = async (api, user) => (await api.get(`/user/t100/users/${user}/permissions`)).rules.map(({ text }) => text);
const give = (api, user, ...lines) =>
  api.put(`/user/t100/users/${user}/permissions`, { rules: lines.map((text) => ({ text })) });

screen('a restricted user sees what the rules allow, and more once an administrator has granted it from Explain', async ({ page, open, api, context, stage }) => {
  const seen = await newDevice(api, 'Cold container 17');
  const unseen = await newDevice(api, 'Cold container 18');
  stage.people.smith = await newPerson(api, 'smith', []);
  const rule = `${seen.id}, MANAGED_OBJECT, *, READ`;
  await give(api, 'smith', rule);

  const theirs = await newPage(context.browser(), stage, { as: 'smith' });
  await theirs.open('/devices');
  await theirs.page.getByRole('link', { name: 'Cold container 17' }).waitFor();
  assert.equal(await theirs.page.getByText('Cold container 18').count(), 0);
  const query = encodeURIComponent("$filter=(name eq 'Cold container*')");
  const visible = (await theirs.api.get(`/inventory/managedObjects?query=${query}`)).managedObjects.map(({ id }) => id);
  assert.deepEqual(visible, [seen.id]);

  // Explain names the rule, to the administrator and to the user.
  await open(`/explain?user=smith&device=${seen.id}`);
  await page.getByRole('region', { name: 'Object (inventory)' }).getByRole('link', { name: rule }).first().waitFor();

  await open(`/devices/${unseen.id}/permissions?user=smith&all=yes`);
  await page.getByRole('button', { name: 'Grant: Read the object' }).click();
  const dialog = page.getByRole('dialog', { name: 'Give permissions to smith' });
  await dialog.getByText('becomes possible on 1 object').waitFor();
  assert.deepEqual(await rulesOf(api, 'smith'), [rule], 'a preview changes nothing');
  await dialog.getByRole('button', { name: 'Save rules' }).click();
  await dialog.waitFor({ state: 'detached' });
  const about = page.getByRole('region', { name: 'Object (inventory)' });
  await about.getByRole('listitem').filter({ hasText: 'Read the object' }).getByText('allowed').waitFor();

  // The list has not been loaded again: it says that there is more, and shows it.
  await theirs.page.getByRole('button', { name: /new device/ }).click({ timeout: 60_000 });
  await theirs.page.getByRole('link', { name: 'Cold container 18' }).waitFor();
  await theirs.open(`/explain?device=${unseen.id}`);
  await theirs.page.getByText('These are your own permissions').waitFor();
  await theirs.page.getByRole('link', { name: `${unseen.id}, MANAGED_OBJECT`, exact: false }).first().waitFor();
  assert.deepEqual(theirs.faults, []);
  await theirs.context.close();
});
