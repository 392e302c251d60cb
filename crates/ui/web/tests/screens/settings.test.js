// Settings: each is shown with what counts without it, set, and taken back; what is secret is written and never shown.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';
import { passesGates } from '../harness/gates.js';

const options = async (api) => (await api.get('/tenant/options?pageSize=1000')).options;
const valueOf = async (api, category, key) => (await options(api)).find((one) => one.category === category && one.key === key)?.value;

screen('a lifetime is set in hours, refused beyond the platform’s own, and taken back', async ({ page, open, api }) => {
  const value = () => valueOf(api, 'oauth.internal', 'device-token.lifespan.seconds');
  await open('/settings/devices');
  const form = page.getByRole('form', { name: 'Length of a device’s token' });
  await form.getByText('This is the default').waitFor();
  assert.equal(await form.getByLabel('Length of a device’s token').inputValue(), '1');
  await form.getByLabel('Length of a device’s token').fill('13');
  await form.getByText('Expected: 5 min to 12 h.').waitFor();
  assert.equal(await form.getByRole('button', { name: 'Save' }).isDisabled(), true);
  await form.getByLabel('Unit').selectOption({ label: 'minutes' });
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('Set by this tenant. Default: 1 h.').waitFor();
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
  await page.getByRole('menuitem', { name: what }).click();
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
  await page.getByRole('row', { name: /Sitzung nach einem Passwort ja nein ja 12/i }).waitFor();
  await settled();
  await passesGates(page);
});

screen('whoever may not read options is told what it needs', { as: 'nobody', expects: [/status of 403/] }, async ({ page, open }) => {
  await open('/settings/signin');
  await page.getByText('It needs ROLE_OPTION_MANAGEMENT_READ.').waitFor();
  await passesGates(page);
});
