// Events: found by what stands in the address, shown with all they hold.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';
import { passesGates } from '../harness/gates.js';

const device = (api) => api.post('/inventory/managedObjects', { name: `Door ${Date.now()}`, c8y_IsDevice: {} });
const event = (api, source, type, more = {}) =>
  api.post('/event/events', { source: { id: source.id }, type, text: `It is ${type}`, time: new Date().toISOString(), ...more });

screen('an event is found by its type and shows what it holds', async ({ page, open, api }) => {
  const source = await device(api);
  await event(api, source, 'opened', { acme_Door: { by: 'a badge' } });
  await event(api, source, 'closed');
  await open(`/events?q=${encodeURIComponent(`device:${source.id} type:opened`)}`);
  const row = page.getByRole('row').filter({ hasText: 'It is opened' });
  await row.waitFor();
  assert.equal(await page.getByRole('row').filter({ hasText: 'It is closed' }).count(), 0);
  await row.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'It is opened' }).getByText('a badge').waitFor();
  await passesGates(page);
});

screen('a new event is counted and waits to be shown', async ({ page, open, api }) => {
  const source = await device(api);
  await event(api, source, 'first');
  await open(`/devices/${source.id}/events`);
  await page.getByRole('row').filter({ hasText: 'It is first' }).waitFor();
  await event(api, source, 'second');
  await page.getByRole('button', { name: '1 new, show' }).click();
  await page.getByRole('row').filter({ hasText: 'It is second' }).waitFor();
});
