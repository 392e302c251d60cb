// The audit log, and its verification in the browser.
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { screen } from '../harness/screen.js';
import { passesGates } from '../harness/gates.js';

screen('the log is verified in the browser and a record is found by its object and proved', async ({ page, open, api }) => {
  const { id } = await api.post('/inventory/managedObjects', { name: 'Watched', c8y_IsDevice: {} });
  await open(`/audit?source=${id}`);
  await page.getByText(/^Verified in this browser: \d/).waitFor();
  await page.getByText('This browser sees this log for the first time').waitFor();
  await page.getByRole('row', { name: /Managed object created/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/^Proved in this browser: this record is in the log of \d/).waitFor();
  await dialog.getByText('The record’s own text').click();
  const own = JSON.parse(await dialog.locator('pre').innerText());
  assert.equal(own.source, id);
  assert.equal(own.actor.name, 'admin');
  const [{ id: number }] = (await api.get(`/audit/auditRecords?source=${id}`)).auditRecords;
  assert.match(page.url(), new RegExp(`record=${number}`));
});

screen('what this browser saw is remembered: the log continues it', async ({ page, open }) => {
  await open('/audit');
  await page.getByText('for the first time').waitFor();
  await page.reload();
  await page.getByText('The log continues the one that this browser saw').waitFor();
});

screen('a log that does not continue what this browser saw breaks the page', { language: 'de' }, async ({ page, open }) => {
  await open('/audit');
  await page.getByText('zum ersten Mal').waitFor();
  // As if the platform had been put back to an older copy.
  await page.route('**/audit/checkpoints', async (route) => {
    const answer = await (await route.fetch()).json();
    await route.fulfill({ json: { ...answer, note: null, size: 0 } });
  });
  await page.reload();
  await page.getByRole('alert').getByText('das Ende wurde abgeschnitten', { exact: false }).waitFor();
  await passesGates(page);
});

screen('a changed record turns the seal red and is named as the first bad one', async ({ page, open, api }) => {
  await api.post('/inventory/managedObjects', { name: 'Changed later' });
  const first = (await api.get('/audit/auditRecords?revert=true&pageSize=5&type=Inventory')).auditRecords[0];
  await page.route('**/audit/bundle?*', async (route) => {
    const answer = await route.fetch();
    const text = (await answer.text()).replaceAll('"activity":"Managed object created"', '"activity":"Managed object creatad"');
    await route.fulfill({ response: answer, body: text });
  });
  await open('/audit');
  const alert = page.getByRole('alert');
  await alert.getByText('The audit log does not verify.').waitFor();
  await alert.getByText(new RegExp(`^Record ${first.id} was changed`)).waitFor();
  await alert.getByText(`Records 1 to ${first.id - 1} agree with their hashes.`).waitFor();
  await page.getByText('verification failed').first().waitFor();
  await passesGates(page);
});

screen('a record that is shown otherwise than it was logged is told apart', async ({ page, open, api }) => {
  const { id } = await api.post('/inventory/managedObjects', { name: 'Shown otherwise' });
  const [{ id: number }] = (await api.get(`/audit/auditRecords?source=${id}`)).auditRecords;
  await page.route(`**/audit/auditRecords/${number}`, async (route) => {
    const record = await (await route.fetch()).json();
    await route.fulfill({ json: { ...record, user: 'somebody-else' } });
  });
  await open(`/audit?record=${number}`);
  await page.getByRole('dialog').getByText('shown otherwise than it is there: user').waitFor();
});

screen('the list and its proof leave as files', async ({ page, open }) => {
  await open('/audit?type=Inventory');
  await page.getByText(/^Verified in this browser/).waitFor();
  const save = async (name) => {
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name }).click()]);
    return text(await download.createReadStream());
  };
  assert.match(await save(/Proof bundle/), /^holdfast-audit-bundle 1\n/);
  for (const line of (await save(/NDJSON/)).trim().split('\n')) assert.equal(JSON.parse(line).type, 'Inventory');
});

screen('the activity of a device is proved record by record', async ({ page, open, stage }) => {
  await open(`/devices/${stage.samples.device}/activity`);
  await page.getByRole('button', { name: /^Prove \d+ records?$/ }).click();
  await page.getByRole('gridcell', { name: 'verified in this browser' }).first().waitFor();
});

screen('without the role the log says what is needed', { as: 'nobody', expects: [/status of 403/] }, async ({ page, open }) => {
  await open('/audit');
  await page.getByText('It needs ROLE_AUDIT_READ').waitFor();
});

screen('what the platform did is said in German; as it wrote it, it is in the record (de)', { language: 'de' }, async ({ page, open, api }) => {
  const { id } = await api.post('/inventory/managedObjects', { name: 'Angelegt', c8y_IsDevice: {} });
  await open(`/audit?source=${id}`);
  await page.getByRole('row', { name: /Objekt angelegt/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Wie die Plattform es schrieb').waitFor();
  await dialog.getByText('Managed object created', { exact: true }).waitFor();
  await dialog.getByRole('link', { name: id, exact: true }).click();
  await page.waitForFunction((own) => location.hash.startsWith(`#/devices/${own}/activity`), id);
});

screen('what the list is made of is counted, and leads to a narrower list', async ({ page, open, api }) => {
  const { id } = await api.post('/inventory/managedObjects', { name: 'Counted' });
  await api.put(`/inventory/managedObjects/${id}`, { name: 'Counted again' });
  await open(`/audit?source=${id}&facets=1`);
  await page.getByText(/^Counted in this browser from all 2,/).waitFor();
  await passesGates(page);
  await page.getByRole('region', { name: 'By user' }).getByRole('link', { name: 'admin' }).click();
  await page.waitForFunction(() => /user=admin/.test(location.hash) && /source=/.test(location.hash));
  await page.getByRole('list', { name: 'Records over time' }).getByRole('link').first().click();
  await page.waitForFunction(() => /from=/.test(location.hash) && /to=/.test(location.hash));
  await page.getByText('1 record', { exact: true }).first().waitFor();
});
