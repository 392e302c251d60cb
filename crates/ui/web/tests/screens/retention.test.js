// Retention: a rule is made, decides what is kept, and is counted before anything is removed.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';
import { passesGates } from '../harness/gates.js';

const rules = async (api) => (await api.get('/retention/retentions?pageSize=1000')).retentionRules;

screen('a rule is made, refused where it must be, and deleted again', async ({ page, open, api }) => {
  await open('/retention');
  await page.getByRole('button', { name: 'Add a rule' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a rule' });
  await dialog.getByLabel('Data', { exact: true }).selectOption({ label: 'Audit log' });
  await dialog.getByLabel('Days').fill('30');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('at least 365 days').waitFor();
  await passesGates(page);
  await dialog.getByLabel('Data', { exact: true }).selectOption({ label: 'Events' });
  await dialog.getByLabel('Of type').fill('test_retention');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row').filter({ hasText: 'test_retention' });
  await row.waitFor();
  const made = (await rules(api)).find((rule) => rule.type === 'test_retention');
  assert.deepEqual([made.dataType, made.maximumAge, made.fragmentType], ['EVENT', 30, '*']);
  await row.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog', { name: 'Delete a rule' }).getByRole('button', { name: 'Delete' }).click();
  await row.waitFor({ state: 'detached' });
  assert.ok(!(await rules(api)).some((rule) => rule.type === 'test_retention'));
});

screen('what is too old is counted before it is removed', async ({ page, open, api, stage }) => {
  const source = { id: stage.samples.device };
  const time = new Date(Date.now() - 300 * 86_400_000).toISOString();
  await api.post('/event/events', { source, type: 'test_old', text: 'long ago', time });
  await open('/retention');
  await page.getByRole('button', { name: 'Remove it now' }).click();
  const dialog = page.getByRole('dialog', { name: 'Remove what is too old' });
  await dialog.getByText(/Events: \d+/).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  assert.equal((await api.get('/event/events?type=test_old')).events.length > 0, true);
});

screen('that the last run could not be read is not said to be none', { expects: [/status of 503/] }, async ({ page, open }) => {
  await page.route('**/retention/executions', (route) =>
    route.fulfill({ status: 503, json: { error: 'general/Unavailable', message: 'Later.' } }),
  );
  await open('/retention');
  await page.getByText('could not be read').waitFor();
  assert.equal(await page.getByText('none yet').count(), 0);
});
