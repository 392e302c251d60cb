// Sessions that end, change or do not end while somebody works: nothing typed is lost, and nothing is done as somebody else.
import assert from 'node:assert/strict';
import { passesGates } from '../harness/gates.js';
import { screen } from '../harness/screen.js';

const device = (api, name, more = {}) => api.post('/inventory/managedObjects', { name, c8y_IsDevice: {}, ...more });
const notesOf = async (api, id) => (await api.get(`/inventory/managedObjects/${id}`)).c8y_Notes;

/** Writes into the notes of a device, without saving. */
async function write(page, text) {
  const notes = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Notes' }) });
  await notes.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('textbox', { name: 'Notes' }).fill(text);
  return notes.getByRole('button', { name: 'Save' });
}

/** Signs somebody in as another tab of the same browser does. */
async function elsewhere(context, person) {
  const answer = await context.request.post(`/tenant/oauth?tenant_id=${person.tenant}`, {
    form: { grant_type: 'PASSWORD', username: person.user, password: person.password },
  });
  assert.equal(answer.status(), 200);
}

for (const [how, ends] of [
  ['that was ended by the platform', (context) => context.clearCookies({ name: 'authorization' })],
  ['that is over in the browser', (context) => context.clearCookies()],
]) {
  screen(
    `a session ${how} is begun again above the page, and what was typed is saved`,
    { own: ['admins'], expects: [/status of 401/] },
    async ({ page, context, open, api, person }) => {
      const one = await device(api, 'Kept in mind', { c8y_Notes: 'before' });
      await open(`/devices/${one.id}/info`);
      const save = await write(page, 'typed before the session ended');
      await ends(context);
      // Either this notices it, or something that the page asks by itself does before.
      await save.dispatchEvent('click');
      const dialog = page.getByRole('dialog', { name: 'Sign in' });
      await dialog.getByText('Your session has ended').waitFor();
      assert.equal(await dialog.getByLabel('User name').inputValue(), person.user);
      assert.equal(await page.getByRole('textbox', { name: 'Notes', includeHidden: true }).inputValue(), 'typed before the session ended');
      // Nothing else can be reached meanwhile.
      await page.keyboard.press('Escape');
      await dialog.waitFor();
      await passesGates(page);
      await dialog.locator('input[type="password"]:focus').waitFor();
      await dialog.getByLabel('Password').fill(person.password);
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'detached' });
      assert.equal(await page.getByRole('textbox', { name: 'Notes' }).inputValue(), 'typed before the session ended');
      await save.click();
      await page.getByRole('textbox', { name: 'Notes' }).waitFor({ state: 'hidden' });
      assert.equal(await notesOf(api, one.id), 'typed before the session ended');
      await page.getByText('live', { exact: true }).waitFor();
    },
  );
}

screen('a session that ends while a dialog is open is begun again above it', { own: ['admins'], expects: [/status of 401/] }, async ({ page, context, open, api, person }) => {
  const one = await device(api, 'Before');
  await open(`/devices/${one.id}/info`);
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  const rename = page.getByRole('dialog').filter({ has: page.getByRole('textbox') });
  await rename.getByRole('textbox').fill('After');
  await context.clearCookies();
  await page.keyboard.press('Enter');
  const signIn = page.getByRole('dialog', { name: 'Sign in' });
  await signIn.getByLabel('Password').fill(person.password);
  await page.keyboard.press('Enter');
  await signIn.waitFor({ state: 'detached' });
  assert.equal(await rename.getByRole('textbox').inputValue(), 'After');
  await rename.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'After', level: 1 }).waitFor();
});

screen('lists that were refused when the session ended are there after signing in', { own: ['admins'], expects: [/status of 401/] }, async ({ page, context, open, person }) => {
  await open('/alarms');
  await context.clearCookies({ name: 'authorization' });
  // Something else may have asked meanwhile, and the dialog be open already.
  await page.getByRole('link', { name: 'Users', exact: true }).dispatchEvent('click');
  const signIn = page.getByRole('dialog', { name: 'Sign in' });
  await signIn.getByLabel('Password').fill(person.password);
  await page.keyboard.press('Enter');
  await page.getByRole('row').filter({ hasText: 'reader' }).first().waitFor();
});

screen('whoever else signs in above the page gets a new page, without what was typed', { own: ['admins'], expects: [/status of 401/] }, async ({ page, context, open, api, newcomer }) => {
  const one = await device(api, 'Private', { c8y_Notes: 'before' });
  await open(`/devices/${one.id}/info`);
  const save = await write(page, 'for me only');
  await context.clearCookies();
  await save.dispatchEvent('click');
  const signIn = page.getByRole('dialog', { name: 'Sign in' });
  const other = await newcomer(['readers']);
  await signIn.getByLabel('User name').fill(other.user);
  await signIn.getByLabel('Password').fill(other.password);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: `Account ${other.user}` }).waitFor();
  assert.equal(await page.getByRole('textbox', { name: 'Notes' }).count(), 0);
  assert.equal(await notesOf(api, one.id), 'before');
});

screen('nothing is saved as somebody who has signed in in another tab', { own: ['admins'] }, async ({ page, context, open, api, newcomer }) => {
  const one = await device(api, 'Of two', { c8y_Notes: 'before' });
  await open(`/devices/${one.id}/info`);
  const save = await write(page, 'written by the first');
  const written = [];
  page.on('request', (request) => request.method() === 'PUT' && written.push(request.url()));
  const other = await newcomer(['readers']);
  await elsewhere(context, other);
  await save.click();
  await page.getByRole('button', { name: `Account ${other.user}` }).waitFor();
  assert.deepEqual(written, []);
  assert.equal(await notesOf(api, one.id), 'before');
});

screen('the same person signing in in another tab disturbs nobody', { own: ['admins'] }, async ({ page, context, open, api, person }) => {
  const one = await device(api, 'Of one', { c8y_Notes: 'before' });
  await open(`/devices/${one.id}/info`);
  const save = await write(page, 'written after that');
  await elsewhere(context, person);
  await save.click();
  await page.getByRole('textbox', { name: 'Notes' }).waitFor({ state: 'hidden' });
  assert.equal(await notesOf(api, one.id), 'written after that');
});

screen('a session that could not be ended is said to go on', { own: ['admins'], expects: [/ERR_FAILED/] }, async ({ page, context, open }) => {
  await open('/alarms');
  await page.route('**/user/logout', (route) => route.abort());
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByText('You are still signed in').waitFor();
  await passesGates(page);
  const names = async () => (await context.cookies()).map(({ name }) => name);
  assert.ok((await names()).includes('authorization'));
  await page.getByRole('heading', { name: 'Alarms', level: 1 }).waitFor();
  await page.unroute('**/user/logout');
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.ok(!(await names()).includes('authorization'));
});

screen('a link to set a new password works for whoever is signed in, and leaves no secret behind', async ({ page, open, settled }) => {
  await open('/devices');
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.evaluate(() => {
    location.hash = '#/password-reset?tenant=t100&email=sam%40example.org&token=the-secret-token';
  });
  await page.getByRole('heading', { name: 'Forgot your password' }).waitFor();
  await settled();
  assert.ok(!page.url().includes('the-secret-token'));
  assert.equal(await page.getByLabel('Mail').inputValue(), 'sam@example.org');
  assert.equal(await page.getByLabel(/token/i).inputValue(), 'the-secret-token');
  await passesGates(page);
  // Back leads to the page, not to the secret.
  await page.goBack();
  await page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor();
  assert.ok(asked.every((url) => !url.includes('the-secret-token')));
});
