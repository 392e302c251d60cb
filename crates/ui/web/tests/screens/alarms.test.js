// Alarms: found, worked off with the keyboard, cleared in one go after the number was typed.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';
import { passesGates } from '../harness/gates.js';

async function device(api) {
  return api.post('/inventory/managedObjects', { name: `Triage ${Date.now()}`, c8y_IsDevice: {} });
}
const raise = (api, source, type, severity = 'MAJOR') =>
  api.post('/alarm/alarms', { source: { id: source.id }, type, text: `It is ${type}`, severity, time: new Date().toISOString() });
const statusOf = async (api, alarm) => (await api.get(`/alarm/alarms/${alarm.id}`)).status;

screen('alarms are acknowledged and cleared with the keyboard alone', async ({ page, open, api }) => {
  const source = await device(api);
  const hot = await raise(api, source, 'too hot', 'CRITICAL');
  const wet = await raise(api, source, 'too wet', 'MINOR');
  await open(`/alarms?q=device:${source.id}`);
  const row = (text) => page.getByRole('row').filter({ hasText: text });
  await row('too wet').focus();
  await page.keyboard.press('a');
  await row('too wet').getByText('acknowledged').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('c');
  await row('too hot').getByText('cleared').waitFor();
  assert.deepEqual([await statusOf(api, wet), await statusOf(api, hot)], ['ACKNOWLEDGED', 'CLEARED']);
  await row('too hot').focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'It is too hot' });
  await dialog.getByText('active to cleared').waitFor();
  await passesGates(page);
});

screen('a new alarm is counted and waits to be shown', async ({ page, open, api }) => {
  const source = await device(api);
  await raise(api, source, 'first');
  await open(`/devices/${source.id}/alarms`);
  await page.getByRole('row').filter({ hasText: 'It is first' }).waitFor();
  await raise(api, source, 'second');
  await page.getByRole('button', { name: '1 new, show' }).click();
  await page.getByRole('row').filter({ hasText: 'It is second' }).waitFor();
});

screen('clearing all says how many and asks for their number', async ({ page, open, api }) => {
  const source = await device(api);
  await Promise.all(Array.from({ length: 21 }, (_, at) => raise(api, source, `n${at}`)));
  await open(`/alarms?q=device:${source.id}`);
  await page.getByRole('button', { name: 'Clear all of these' }).click();
  const dialog = page.getByRole('dialog', { name: 'Clear 21 alarms' });
  await dialog.getByText('21 major').waitFor();
  const clear = dialog.getByRole('button', { name: 'Clear', exact: true });
  assert.equal(await clear.isDisabled(), true);
  await dialog.getByLabel('Type 21 to confirm').fill('21');
  await clear.click();
  await page.getByText('Nothing matches').waitFor();
  assert.equal(await api.get(`/alarm/alarms/count?source=${source.id}&resolved=false`), 0);
});

screen('whoever may only read is told why nothing can be cleared', { as: 'reader', language: 'de' }, async ({ page, open }) => {
  await open('/alarms');
  assert.equal(await page.getByRole('button', { name: 'Alle diese erledigen' }).isDisabled(), true);
  await page.getByRole('button', { name: 'Warum nicht?' }).click();
  await page.getByText('ROLE_ALARM_ADMIN').waitFor();
  await passesGates(page);
});

screen('all of a filter that is not applied as it stands cannot be cleared', async ({ page, open }) => {
  await open('/alarms?q=colour:red');
  assert.equal(await page.getByRole('button', { name: 'Clear all of these' }).isDisabled(), true);
});

screen('an alarm that the filter excludes is not counted as new', async ({ page, open, api }) => {
  const source = await device(api);
  await open(`/alarms?q=device:${source.id} severity:critical`);
  await page.getByText('live', { exact: true }).waitFor();
  await raise(api, source, 'of no interest', 'MINOR');
  await raise(api, source, 'wanted', 'CRITICAL');
  await page.getByRole('button', { name: '1 new, show' }).click();
  await page.getByRole('row').filter({ hasText: 'It is wanted' }).waitFor();
});

screen('alarms are filtered by the name of a device, and the address holds its id', async ({ page, open, api }) => {
  const name = `Named pump ${Date.now()}`;
  const { id } = await api.post('/inventory/managedObjects', { name, c8y_IsDevice: {} });
  await open('/alarms');
  await page.getByRole('combobox', { name: 'Add filter' }).fill(`device:"${name}`);
  await page.getByRole('option', { name }).click();
  await page.getByRole('group', { name: 'Filter' }).locator('b', { hasText: name }).waitFor();
  assert.match(decodeURIComponent(page.url()), new RegExp(`q=device:${id}$`));
});
