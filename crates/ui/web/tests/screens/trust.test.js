// Trust: an authority is added from its certificate, its key is shown, it is switched off; the own authority's certificates
// are listed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { screen } from '../harness/screen.js';
import { passesGates } from '../harness/gates.js';

/** An authority as a factory has it: a certificate and a key, made by openssl. */
function authority(name) {
  const folder = mkdtempSync(join(tmpdir(), 'trust-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert,
    '-days', '60', '-subj', `/O=Acme/CN=${name}`, '-addext', 'basicConstraints=critical,CA:TRUE',
  ], { stdio: 'ignore' });
  const sign = (code) => execFileSync('openssl', ['dgst', '-sha256', '-sign', key], { input: code }).toString('base64');
  return { pem: readFileSync(cert, 'utf8'), sign };
}
const trusted = async (api, tenant) => (await api.get(`/tenant/tenants/${tenant}/trusted-certificates?pageSize=1000`)).certificates;

screen('an authority is trusted, shows its key, and is trusted no longer', async ({ page, open, api, stage }) => {
  const name = `Factory ${Date.now()}`;
  const { pem, sign } = authority(name);
  const { tenant } = stage.people.admin;
  const find = async () => (await trusted(api, tenant)).find((one) => one.subject?.includes(name));
  await open('/trust');
  await page.getByRole('button', { name: 'Trust an authority' }).click();
  const dialog = page.getByRole('dialog', { name: 'Trust an authority' });
  await dialog.getByLabel('Certificate (PEM)').fill('nothing');
  await dialog.getByRole('button', { name: 'Trust an authority' }).click();
  await dialog.getByText('no certificate in this text').waitFor();
  await dialog.getByLabel('Certificate (PEM)').fill(pem);
  await dialog.getByRole('button', { name: 'Trust an authority' }).click();
  const card = page.getByRole('region', { name });
  await card.getByText('ends in less than 90 days').waitFor();
  await card.getByRole('button', { name: 'Show that you hold its key' }).click();
  const proof = page.getByRole('dialog', { name: 'Show that you hold its key' });
  const code = await proof.locator('dd code').first().textContent();
  await passesGates(page);
  await proof.getByLabel('Signature').fill(sign(code));
  await proof.getByRole('button', { name: 'Check it' }).click();
  await card.getByText('yes').waitFor();
  assert.equal((await find()).proofOfPossessionValid, true);
  await card.getByRole('button', { name: 'Trust no longer' }).click();
  const consequences = page.getByRole('dialog', { name: `Trust ${name} no longer` });
  await consequences.getByText('It can be trusted again.').waitFor();
  await consequences.getByRole('button', { name: 'Trust no longer' }).click();
  await card.getByText('not trusted').waitFor();
  assert.equal((await find()).status, 'DISABLED');
});

screen('whoever may not administer the tenant is told so', { as: 'reader', expects: [/status of 403/] }, async ({ page, open }) => {
  await open('/trust');
  await page.getByText('You may not see this').waitFor();
});

screen('registering by certificate shows what is stored when storing fails', { expects: [/status of 503/] }, async ({ page, open }) => {
  const authority = { fingerprint: 'ab'.repeat(20), name: 'Plant CA', subject: 'CN=Plant', status: 'ENABLED', notAfter: '2040-01-01T00:00:00.000Z', autoRegistrationEnabled: false };
  await page.route('**/trusted-certificates**', (route) =>
    route.request().method() === 'GET'
      ? route.fulfill({ json: { certificates: [authority], statistics: { currentPage: 1, pageSize: 1000 } } })
      : route.fulfill({ status: 503, json: { error: 'general/Unavailable', message: 'Later.' } }),
  );
  await open('/trust');
  await page.getByRole('checkbox').first().click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByRole('checkbox').first().isChecked(), false);
});
