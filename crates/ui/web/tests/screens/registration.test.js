// Registration: one device from its name to its first message, a file with good and bad lines, and one with a certificate.
import assert from 'node:assert/strict';
import { apiOf } from '../harness/api.js';
import { screen } from '../harness/screen.js';
import { passesGates } from '../harness/gates.js';

const PASSWORD = 'a wooden bridge for devices';
const named = (word) => `${word}-${Date.now()}`;

/** The user with which new devices ask. */
async function bootstrap(api, stage) {
  const tenant = stage.people.admin.tenant;
  const user = `devicebootstrap`;
  await api
    .post(`/user/${tenant}/users`, { userName: user, email: 'devices@example.org', password: PASSWORD })
    .catch(() => undefined);
  return apiOf(stage, { tenant, user, password: PASSWORD });
}

screen('a device is registered, asks, is accepted, and its first message is seen', { expects: [/status of 404/] }, async ({ page, open, api, stage }) => {
  const device = named('SN');
  const asks = await bootstrap(api, stage);
  await open('/registration');
  await page.getByLabel('Name of the device').fill('not a name');
  await page.getByRole('button', { name: 'Register', exact: true }).click();
  await page.getByText('no colon or space').waitFor();
  await page.getByLabel('Name of the device').fill(device);
  await page.getByLabel('Security token').fill('from the label');
  await page.getByRole('button', { name: 'Register', exact: true }).click();
  await page.getByRole('heading', { name: `Connect ${device}` }).waitFor();
  const ask = () => asks.post('/devicecontrol/deviceCredentials', { id: device, securityToken: 'from the label' });
  await assert.rejects(ask);
  const row = page.getByRole('listitem').filter({ hasText: device }).first();
  await row.getByRole('button', { name: 'Accept' }).click();
  const dialog = page.getByRole('dialog', { name: `Accept ${device}` });
  await dialog.getByLabel('Security token').fill('from the label');
  await dialog.getByRole('button', { name: 'Accept' }).click();
  await row.getByText('accepted', { exact: true }).waitFor();
  const given = await ask();
  const own = apiOf(stage, { tenant: given.tenantId, user: given.username, password: given.password });
  await own.post('/inventory/managedObjects', { name: device, c8y_IsDevice: {} });
  await page.getByText('it has come').waitFor();
  await passesGates(page);
});

screen('a file is looked at, tried and carried out, and bad lines say why', async ({ page, open, api }) => {
  const [good, kind] = [named('file'), named('kind')];
  const csv = `ID;CREDENTIALS;TYPE;NAME\n${good};AbcD1234!1234AbcD;${kind};Meter\nno good;AbcD1234!1234AbcD;${kind};Meter\n`;
  await open('/registration/file');
  await page.locator('input[type=file]').setInputFiles({ name: 'devices.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.getByText('devices.csv: 2 lines, separated by semicolons').waitFor();
  assert.equal(await page.getByText('AbcD1234').count(), 0);
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.getByText('Tried, nothing was changed: 1 new').waitFor();
  const made = () => api.get(`/inventory/managedObjects?type=${kind}`).then((found) => found.managedObjects.length);
  assert.equal(await made(), 0);
  await page.getByRole('cell', { name: 'no good' }).last().waitFor();
  await page.getByRole('button', { name: 'Register them' }).click();
  await page.getByText('Done: 1 new').waitFor();
  assert.equal(await made(), 1);
  await passesGates(page);
});

screen('a device that is to have a certificate gets a one-time password, shown once', { expects: [/status of 404/] }, async ({ page, open, api }) => {
  const device = named('cert');
  await open('/registration/certificate');
  const make = page.getByRole('button', { name: 'Make the authority' });
  const name = page.getByLabel('Name of the device');
  await make.or(name).first().waitFor();
  if (await make.isVisible()) await make.click();
  await name.fill(device);
  await page.getByRole('button', { name: 'Register', exact: true }).click();
  await page.getByText(`${device} may ask for its certificate`).waitFor();
  const shown = await page.locator('dd code').textContent();
  assert.match(shown, /^[0-9A-Z-]{32}$/);
  await page.getByText(`--device-id ${device}`).first().waitFor();
  const user = await api.get(`/user/${(await api.get('/tenant/currentTenant')).name}/users/device_${device}`);
  assert.equal(user.userName, `device_${device}`);
  await page.reload();
  await name.waitFor();
  assert.equal(await page.getByText(shown).count(), 0);
});

screen('of two groups with the same name the chosen one is joined', { expects: [/status of 404/] }, async ({ page, open, api }) => {
  const name = `Twin ${Date.now()}`;
  const group = () => api.post('/inventory/managedObjects', { name, type: 'c8y_DeviceGroup', c8y_IsDeviceGroup: {} });
  const [, second] = [await group(), await group()];
  await open('/registration');
  await page.getByLabel('Name of the device').fill(named('TWIN'));
  await page.getByRole('combobox', { name: 'Group' }).fill(name);
  await page.getByRole('option').filter({ hasText: second.id }).click();
  const asked = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/newDeviceRequests'));
  await page.getByRole('button', { name: 'Register', exact: true }).click();
  assert.equal((await asked).postDataJSON().groupId, second.id);
});
