// The repository: a file is added with its checksum, found as a version, and deleted with its package.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { screen } from '../harness/screen.js';
import { passesGates } from '../harness/gates.js';

const CONTENT = Buffer.from('firmware of a pump\n'.repeat(2_000));
const SUM = createHash('sha256').update(CONTENT).digest('hex');

screen('firmware is added with its checksum, gets a second version, and is deleted', async ({ page, open, api }) => {
  const name = `pump-os-${Date.now()}`;
  const add = async (version) => {
    await page.getByRole('button', { name: 'Add a file' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a file' });
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByLabel('Version').fill(version);
    await dialog.getByLabel('File').setInputFiles({ name: 'pump.bin', mimeType: 'application/octet-stream', buffer: CONTENT });
    await passesGates(page);
    await dialog.getByRole('button', { name: 'Add a file' }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  const query = encodeURIComponent(`type eq 'c8y_Firmware' and name eq '${name}'`);
  const packages = async () => (await api.get(`/inventory/managedObjects?query=${query}`)).managedObjects;
  await open('/repository');
  await add('1.0');
  await add('1.1');
  const [made, ...others] = await packages();
  assert.equal(others.length, 0, 'one package');
  const versions = (await api.get(`/inventory/managedObjects/${made.id}/childAdditions`)).references.map((one) => one.managedObject);
  assert.deepEqual(versions.map((one) => [one.c8y_Firmware.version, one.holdfast_Sha256]).sort(), [['1.0', SUM], ['1.1', SUM]]);

  await page.getByRole('gridcell', { name }).or(page.getByRole('cell', { name })).first().click();
  const dialog = page.getByRole('dialog', { name });
  await dialog.getByText(SUM).first().waitFor();
  await passesGates(page);
  await dialog.getByRole('button', { name: 'Delete' }).click();
  const consequences = page.getByRole('dialog', { name: `Delete ${name}` });
  await consequences.getByText('2 versions with their files').waitFor();
  await consequences.getByRole('button', { name: 'Delete' }).click();
  await consequences.waitFor({ state: 'detached' });
  assert.deepEqual(await packages(), []);
});

screen('without a file there is something to begin with (de)', { language: 'de' }, async ({ page, open }) => {
  await open('/repository/configuration');
  await page.getByText('Hier liegt noch nichts.').waitFor();
  await passesGates(page);
});
