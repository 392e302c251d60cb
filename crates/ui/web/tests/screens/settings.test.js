// Settings: each is shown with what counts without it, set, and taken back; what is secret is written and never shown.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';
import { passesGates } from '../harness/gates.js';

const options = async (api) => (await api.get('/tenant/options?pageSize=1000')).options;
const valueOf = async (api, category, key) => (await options(api)).find((one) => one.category === category && one.key === key)?.value;

screen('a lifetime is set in hours, refused beyond the platform’s own, and taken back; who did it is said', async ({ page, open, api }) => {
  const value = () => valueOf(api, 'oauth.internal', 'device-token.lifespan.seconds');
  await open('/settings/sessions');
  const form = page.getByRole('form', { name: 'Length of a device’s token' });
  await form.getByText('This is the default').waitFor();
  assert.equal(await form.getByLabel('Length of a device’s token').inputValue(), '1');
  await form.getByLabel('Length of a device’s token').fill('13');
  await form.getByText('Expected: 5 min to 12 h.').waitFor();
  assert.equal(await form.getByRole('button', { name: 'Save' }).isDisabled(), true);
  await form.getByLabel('Unit').selectOption({ label: 'minutes' });
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('Set by this tenant. Default: 1 h.').waitFor();
  await form.getByText(/changed by admin/i).waitFor();
  assert.equal(await value(), '780');
  await form.getByRole('button', { name: 'Back to the default' }).click();
  await form.getByText('The default counts again.').waitFor();
  assert.equal(await value(), undefined);
});

screen('what lets more in is said before it is saved', async ({ page, open, api }) => {
  await open('/settings/operations');
  const form = page.getByRole('form', { name: 'How long a new operation waits' });
  await form.getByLabel('for ever').check();
  await form.getByText('carried out years later').waitFor();
  await passesGates(page);
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('Saved.').waitFor();
  assert.equal(await valueOf(api, 'device-control', 'operation.pending.seconds'), '0');
  await form.getByRole('button', { name: 'Back to the default' }).click();
  await form.getByText('The default counts again.').waitFor();
});

screen('what the platform refuses is shown at the setting', { expects: [/status of 422/] }, async ({ page, open, api }) => {
  await open('/settings/access');
  const form = page.getByRole('form', { name: 'Web pages that may call the API' });
  await form.getByLabel('Web pages that may call the API').fill('board.example.org/a path');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('This was not saved').waitFor();
  assert.equal(await form.getByLabel('Web pages that may call the API').inputValue(), 'board.example.org/a path');
  assert.equal(await valueOf(api, 'access.control', 'allow.origin'), undefined);
});

async function act(page, what) {
  await page.getByRole('button', { name: 'What to do with test.mail/credentials.password' }).click();
  await page.getByRole('menuitem', { name: what, exact: true }).click();
}

screen('a secret option is written, never shown, and deleted', async ({ page, open, api }) => {
  await open('/settings/all');
  await page.getByRole('button', { name: 'Set an option' }).click();
  const dialog = page.getByRole('dialog', { name: 'Set an option' });
  await dialog.getByLabel('Category').fill('test.mail');
  await dialog.getByLabel('Key').fill('credentials.password');
  await dialog.getByLabel('Value').fill('nobody may read this');
  assert.equal(await dialog.getByLabel('Value').getAttribute('type'), 'password');
  await passesGates(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('encrypted, never shown').waitFor();
  assert.equal(await valueOf(api, 'test.mail', 'credentials.password'), '<<Encrypted>>');
  await act(page, 'Change');
  const change = page.getByRole('dialog');
  assert.equal(await change.getByLabel('Value').inputValue(), '');
  await change.getByRole('button', { name: 'Cancel' }).click();
  await page.getByLabel('Find by category or key').fill('test.mail');
  await page.getByText('1 option', { exact: true }).waitFor();
  await act(page, 'Delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nothing matches test.mail.').waitFor();
  assert.equal(await valueOf(api, 'test.mail', 'credentials.password'), undefined);
});

screen('the tenant and its ways in are shown (de)', { language: 'de' }, async ({ page, open, stage, settled }) => {
  await open('/settings');
  await page.getByRole('definition').filter({ hasText: stage.people.admin.tenant }).first().waitFor();
  await page.getByRole('link', { name: 'Anmeldung', exact: true }).click();
  await page.getByRole('row', { name: /Sitzung nach einem Passwort.*ja nein ja 12/i }).waitFor();
  await settled();
  await passesGates(page);
});

screen('whoever may not read options is told what it needs', { as: 'nobody', expects: [/status of 403/] }, async ({ page, open }) => {
  await open('/settings/signin');
  await page.getByText('It needs ROLE_OPTION_MANAGEMENT_READ.').waitFor();
  await passesGates(page);
});

// In the management tenant, which has no devices, so that no other test is turned away meanwhile.
screen('passwords of devices are turned away and let in again; whom that concerns is said first', { as: 'management' }, async ({ page, open, api }) => {
  const forDevices = async () => (await api.get('/tenant/loginOptions/BASIC')).allowedForDevices;
  await open('/settings/signin');
  const row = page.getByRole('row', { name: /Password with every request/ });
  await row.getByRole('button', { name: 'Change' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Open to devices').uncheck();
  await dialog.getByText('Devices that sign in with a password are refused.').waitFor();
  await passesGates(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('row', { name: /Password with every request.*yes no yes/i }).waitFor();
  assert.equal(await forDevices(), false);
  await row.getByRole('button', { name: 'Change' }).click();
  await dialog.getByLabel('Open to devices').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('row', { name: /Password with every request.*yes yes yes/i }).waitFor();
  assert.equal(await forDevices(), true);
});

screen('a way in that the platform keeps open stays open, and why is said', { expects: [/status of 422/] }, async ({ page, open, context }) => {
  // Closing the real last one would shut the other tests out.
  const message = 'One way in must stay open to people.';
  await context.route('**/tenant/loginOptions/OAUTH2_INTERNAL', (route) => route.fulfill({ status: 422, json: { error: 'tenant/Invalid', message } }));
  await open('/settings/signin');
  await page.getByRole('row', { name: /Session after a password/ }).getByRole('button', { name: 'Change' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Open to people').uncheck();
  await dialog.getByText('Nobody signs in to the console with a password').waitFor();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText(message).waitFor();
  assert.equal(await dialog.getByLabel('Open to people').isChecked(), false);
});

screen(
  'a tenant administrator without the roles for options sets what is about signing in, and nothing else',
  { as: 'nobody', expects: [/status of 40[34]/] },
  async ({ page, open, context }) => {
    // What the platform says of the role is changed on the way: the call it leads to is what is looked at.
    await context.route('**/user/currentUser', async (route) => {
      const answer = await route.fetch();
      const user = await answer.json();
      user.effectiveRoles = [{ id: 'ROLE_TENANT_ADMIN', name: 'ROLE_TENANT_ADMIN' }];
      await route.fulfill({ response: answer, json: user });
    });
    const asked = [];
    await context.route('**/tenant/security-options/**', (route) => {
      asked.push(`${route.request().method()} ${new URL(route.request().url()).pathname}`);
      return route.fulfill(route.request().method() === 'PUT' ? { json: { value: 'true' } } : { status: 404, json: { error: 'x', message: '' } });
    });
    await open('/settings/passwords');
    const form = page.getByRole('form', { name: 'Only strong passwords' });
    await form.getByLabel('Only strong passwords').selectOption('true');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Saved.').waitFor();
    assert.ok(asked.includes('PUT /tenant/security-options/password/enforce.strength'), asked.join());
    await open('/settings/devices');
    await page.getByText('It needs ROLE_OPTION_MANAGEMENT_READ.').waitFor();
  },
);
