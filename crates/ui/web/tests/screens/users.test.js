// Users: found, created, given groups, roles and rules, kept out, deleted. What is seen is compared with what the API says.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';
import { newPerson } from '../harness/data.js';
import { passesGates } from '../harness/gates.js';
import { newPage } from '../harness/page.js';

const USERS = '/user/t100/users';
const PASSWORD = 'four wooden bridges 1';

screen('a user is created with a link that sets the password once', async ({ page, open, api, context, stage }) => {
  await open('/users');
  await page.getByRole('button', { name: 'New user' }).click();
  const dialog = page.getByRole('dialog', { name: 'New user' });
  await dialog.getByLabel('User name').fill('linus');
  await dialog.getByLabel('First name').fill('Linus');
  await dialog.getByLabel('Mail').fill('linus@example.org');
  await dialog.getByLabel('readers').check();
  await dialog.getByLabel('Your own password').fill(PASSWORD);
  await passesGates(page);
  await dialog.getByRole('button', { name: 'Create user' }).click();
  const link = await page.getByRole('dialog', { name: 'linus was created' }).getByText('password-reset').innerText();
  const user = await api.get(`${USERS}/linus`);
  assert.deepEqual(user.groups.references.map(({ group }) => group.name), ['readers']);

  const theirs = await newPage(context.browser(), stage, { as: null });
  await theirs.page.goto(link);
  await theirs.page.getByLabel('New password').fill('a very long green password 7');
  await theirs.page.getByLabel('The same again').fill('a very long green password 7');
  await theirs.page.getByRole('button', { name: 'Set new password' }).click();
  await theirs.page.getByText('The new password is set').waitFor();
  assert.deepEqual(theirs.faults, []);
  await theirs.context.close();
  assert.equal((await api.get(`${USERS}/linus`)).shouldResetPassword, false);
});

screen('users are found by name, and who is privileged is marked', async ({ page, open, api }) => {
  await newPerson(api, 'mara-boss', ['admins']);
  await newPerson(api, 'mara-reads', ['readers']);
  await open('/users');
  await page.getByRole('searchbox', { name: 'Search by user name' }).fill('mara');
  await page.getByText('2 users', { exact: true }).waitFor();
  const row = (name) => page.getByRole('row').filter({ hasText: name });
  await row('mara-boss').getByText('privileged').waitFor();
  assert.equal(await row('mara-reads').getByText('privileged').count(), 0);
  assert.match(page.url(), /name=mara/);
});

screen('a user’s data, groups and roles are changed', async ({ page, open, api }) => {
  await newPerson(api, 'nils', []);
  await open('/users/nils');
  await page.getByLabel('Phone').fill('+49 30 1234');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  await passesGates(page);
  await page.getByRole('link', { name: 'Groups and roles' }).click();
  await page.getByLabel('Business User').click();
  await page.getByRole('checkbox', { name: 'Business User', checked: true }).waitFor();
  await page.getByRole('checkbox', { name: 'Alarms: ADMIN' }).check();
  const change = page.getByRole('group', { name: 'What saving changes' });
  await change.getByText('adds 1, removes 0').waitFor();
  await change.getByText('nils is affected').waitFor();
  await change.getByRole('button', { name: 'Save' }).click();
  await change.waitFor({ state: 'detached' });
  await passesGates(page);
  const user = await api.get(`${USERS}/nils`);
  assert.equal(user.phone, '+49 30 1234');
  assert.deepEqual(user.groups.references.map(({ group }) => group.name), ['Business User']);
  assert.ok(user.roles.references.some(({ role }) => role.name === 'ROLE_ALARM_ADMIN'));
});

screen('a user is signed out everywhere, disabled and deleted', async ({ page, open, api, context, stage }) => {
  stage.people.olga = await newPerson(api, 'olga', ['readers']);
  const theirs = await newPage(context.browser(), stage, { as: 'olga' });
  await theirs.open('/devices');
  await open('/users/olga');
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const status = async () => (await theirs.context.request.get('/user/currentUser')).status();
  assert.equal(await status(), 401);
  assert.deepEqual((await api.get(`${USERS}/olga/sessions`)).sessions, []);
  assert.equal((await api.get(`${USERS}/olga`)).enabled, true);
  await theirs.context.close();

  await page.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('dialog').getByText('sessions end').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await page.getByText('disabled', { exact: true }).waitFor();
  assert.equal((await api.get(`${USERS}/olga`)).enabled, false);

  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete olga' });
  await dialog.getByText('0 rules').waitFor();
  assert.equal(await dialog.getByRole('button', { name: 'Delete' }).isDisabled(), true);
  await dialog.getByLabel('Type olga to confirm').fill('olga');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: 'Users' }).waitFor();
  await assert.rejects(api.get(`${USERS}/olga`), /404/);
});

// R061
screen('one session of a user is ended: its cookie opens nothing, its page asks to sign in, the other goes on', async ({ page, open, api, context, stage }) => {
  stage.people.nele = await newPerson(api, 'nele', ['readers']);
  const [first, second] = [await newPage(context.browser(), stage, { as: 'nele' }), await newPage(context.browser(), stage, { as: 'nele' })];
  await first.open('/devices');
  await first.page.getByText('live', { exact: true }).waitFor();
  await second.open('/devices');
  const status = async (of) => (await of.context.request.get('/user/currentUser')).status();
  await open('/users/nele/sessions');
  const list = page.getByRole('list', { name: 'Open sessions' });
  assert.equal(await list.getByRole('listitem').count(), 2);
  await page.getByText('with the password').first().waitFor();
  await passesGates(page);
  // The latest is above: the one opened first goes.
  await list.getByRole('button', { name: /^End/ }).nth(1).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await list.getByRole('listitem').nth(1).waitFor({ state: 'detached' });
  assert.deepEqual([await status(first), await status(second)], [401, 200]);
  // Nobody touches that page: it notices by itself.
  await first.page.getByRole('dialog', { name: 'Sign in' }).waitFor({ timeout: 15_000 });
  assert.deepEqual(second.faults, []);
  await first.context.close();
  await second.context.close();
});

screen('a service account is created, and a key of it is made, shown once, and revoked', async ({ page, open, api }) => {
  await open('/users');
  await page.getByRole('button', { name: 'New service account' }).click();
  await page.getByRole('dialog').getByLabel('User name').fill('erp');
  await page.getByRole('dialog').getByRole('button', { name: 'Create service account' }).click();
  await page.getByLabel('Name of the key').fill('night run');
  await page.getByRole('button', { name: 'Make key' }).click();
  await page.getByText(/^hfk_/).waitFor();
  await passesGates(page);
  const keys = async () => (await api.get('/user/t100/serviceAccounts/service_erp')).keys;
  assert.deepEqual((await keys()).map(({ name }) => name), ['night run']);
  await page.getByRole('button', { name: 'Revoke night run' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('No key').waitFor();
  assert.deepEqual(await keys(), []);
});

screen('who may not see users is told what it needs', { as: 'nobody', expects: [/status of 403/] }, async ({ page, open }) => {
  await open('/users');
  await page.getByText('It needs ROLE_USER_MANAGEMENT_READ.').waitFor();
  await passesGates(page);
});

screen('a disabled user has no sessions to end, and stays disabled', async ({ page, open, api }) => {
  await newPerson(api, 'dora', []);
  await api.put(`${USERS}/dora`, { enabled: false });
  await open('/users/dora');
  assert.equal(await page.getByRole('button', { name: 'Sign out everywhere' }).isDisabled(), true);
  assert.equal((await api.get(`${USERS}/dora`)).enabled, false);
});

screen('what somebody else has changed meanwhile is not written over', async ({ page, open, api }) => {
  await newPerson(api, 'frida', []);
  await open('/users/frida');
  await page.getByLabel('Phone').fill('1');
  await api.put(`${USERS}/frida`, { phone: '2' });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Somebody else has changed this').waitFor();
  assert.equal((await api.get(`${USERS}/frida`)).phone, '2');
});

screen('of roles that were saved halfway, what was saved is shown', { expects: [/status of 503/] }, async ({ page, open, api }) => {
  await newPerson(api, 'gert', []);
  await api.post(`${USERS}/gert/roles`, { role: { id: 'ROLE_ALARM_READ' } });
  await open('/users/gert/access');
  await page.route(`**${USERS}/gert/roles/*`, (route) =>
    route.fulfill({ status: 503, json: { error: 'general/Unavailable', message: 'Later.' } }),
  );
  await page.getByRole('checkbox', { name: 'Alarms: ADMIN' }).check();
  await page.getByRole('checkbox', { name: 'Alarms: READ' }).uncheck();
  const change = page.getByRole('group', { name: 'What saving changes' });
  await change.getByRole('button', { name: 'Save' }).click();
  await change.getByText('adds 0, removes 1').waitFor();
  const { roles } = await api.get(`${USERS}/gert`);
  const held = roles.references.map(({ role }) => role.name).filter((name) => name.startsWith('ROLE_ALARM'));
  assert.deepEqual(held.sort(), ['ROLE_ALARM_ADMIN', 'ROLE_ALARM_READ']);
});
