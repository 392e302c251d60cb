// Tenants, for the operator: created with a link that is shown once, suspended, activated, deleted with its name typed.
import assert from 'node:assert/strict';
import { apiOf } from '../harness/api.js';
import { screen } from '../harness/screen.js';
import { passesGates } from '../harness/gates.js';
import { newPage } from '../harness/page.js';

const read = (api, id) => api.get(`/tenant/tenants/${id}`);
const row = (page, id) => page.getByRole('row').filter({ hasText: id });

async function act(page, id, what) {
  await page.getByRole('button', { name: `What to do with ${id}` }).click();
  await page.getByRole('menuitem', { name: what }).click();
}

screen('a tenant is created, and its administrator begins with the link', { as: 'management' }, async ({ page, open, api, context, stage }) => {
  const id = `new${Date.now() % 1_000_000_000}`;
  await open('/tenants');
  await page.getByRole('button', { name: 'New tenant' }).click();
  const dialog = page.getByRole('dialog', { name: 'New tenant' });
  await dialog.getByLabel('Company').fill('Acme & Sons');
  await dialog.getByLabel('Domain').fill(`${id}.example.org`);
  await dialog.getByLabel('Tenant', { exact: false }).fill('9 Nine');
  await dialog.getByText('1 to 32 lower-case letters').waitFor();
  await passesGates(page);
  await dialog.getByLabel('Tenant', { exact: false }).fill(id);
  await dialog.getByLabel('User name of the first administrator').fill('jane&boss#1@example.org');
  await dialog.getByRole('button', { name: 'Create tenant' }).click();
  const done = page.getByRole('dialog', { name: `${id} was created` });
  const link = await done.getByText('#/setup?').innerText();
  await passesGates(page);
  assert.equal((await read(api, id)).company, 'Acme & Sons');

  const theirs = await newPage(context.browser(), stage, { as: null });
  await theirs.page.goto(link);
  await theirs.page.getByLabel('New password').fill('a very long green password 7');
  await theirs.page.getByLabel('The same again').fill('a very long green password 7');
  await theirs.page.getByRole('button', { name: 'Set password', exact: false }).click();
  await theirs.page.getByRole('navigation').first().waitFor();
  assert.deepEqual(theirs.faults, []);
  await theirs.context.close();

  await done.getByRole('button', { name: 'Close' }).last().click();
  await done.waitFor({ state: 'detached' });
  assert.ok(!(await page.content()).includes('#/setup?'), 'the link is shown once');
  await api.del(`/tenant/tenants/${id}`);
});

screen('a tenant is suspended, activated and deleted', { as: 'management' }, async ({ page, open, api, stage }) => {
  const id = `gone${Date.now() % 1_000_000_000}`;
  const password = 'four wooden bridges 9';
  await api.post('/tenant/tenants', { id, domain: `${id}.example.org`, company: 'Gone', adminName: 'admin', adminPass: password });
  const theirs = apiOf(stage, { tenant: id, user: 'admin', password });
  assert.equal((await theirs.get('/tenant/currentTenant')).name, id);
  await open(`/tenants?q=${id}`);
  await act(page, id, 'Suspend');
  const suspend = page.getByRole('dialog', { name: `Suspend ${id}` });
  await suspend.getByText('refused at once').waitFor();
  await suspend.getByRole('button', { name: 'Suspend' }).click();
  await row(page, id).getByText('suspended').waitFor();
  assert.equal((await read(api, id)).status, 'SUSPENDED');
  await assert.rejects(theirs.get('/tenant/currentTenant'), /40[13]/);
  await act(page, id, 'Activate');
  await row(page, id).getByText('active', { exact: true }).waitFor();
  assert.equal((await theirs.get('/tenant/currentTenant')).name, id);

  await act(page, id, 'Delete');
  const remove = page.getByRole('dialog', { name: `Delete ${id}` });
  await remove.getByText('0 devices').waitFor();
  await passesGates(page);
  assert.equal(await remove.getByRole('button', { name: 'Delete' }).isDisabled(), true);
  await remove.getByLabel(`Type ${id} to confirm`).fill(id);
  await remove.getByRole('button', { name: 'Delete' }).click();
  await page.getByText(`Nothing matches ${id}.`).waitFor();
  await assert.rejects(read(api, id), /404/);
});

screen('tenants are found by company, and the filter is in the address (de)', { as: 'management', language: 'de' }, async ({ page, open, stage }) => {
  await open('/tenants');
  await row(page, stage.people.admin.tenant).getByText('aktiv', { exact: true }).waitFor();
  await page.getByLabel('Nach Name, Domäne oder Firma suchen').fill('no such company');
  await page.getByText('no such company').waitFor();
  assert.match(page.url(), /q=no/);
  await passesGates(page);
});

screen('another tenant has no list of tenants', { expects: [/status of 403/] }, async ({ page, open }) => {
  await open('/tenants');
  await page.getByText('You may not see this').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Tenants', exact: true }).count(), 0);
});
