// The overview, as those see it who may not see all of it.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';

/** Paths of the platform that the page asks for. */
function asked(page) {
  const paths = [];
  page.on('request', (request) => paths.push(new URL(request.url()).pathname));
  return paths;
}

screen('who may not read statistics is told so once, and nothing is asked that would be refused', { as: 'reader' }, async ({ page, open }) => {
  const paths = asked(page);
  await open('/');
  await page.getByText('Which devices send the most is not shown to you.').waitFor();
  await page.getByRole('heading', { name: /^Data flow/ }).waitFor();
  assert.equal(await page.getByText('You may not see this').count(), 0);
  await page.getByRole('button', { name: 'Why not?' }).click();
  await page.getByText('ROLE_TENANT_STATISTICS_READ').waitFor();
  await page.getByRole('link', { name: 'Explain my permissions' }).waitFor();
  assert.deepEqual(paths.filter((path) => path.startsWith('/tenant/statistics')), []);
  // A refusal would stand in the browser's console, and the test fail with it.
  assert.ok(paths.includes('/tenant/flow'));
});

screen('who may read nothing is told once what is not shown, in German, too', { as: 'nobody', language: 'de' }, async ({ page, open }) => {
  const paths = asked(page);
  await open('/');
  await page.getByText('Wie viel hereinkommt und welche Geräte am meisten senden, wird Ihnen nicht gezeigt.').waitFor();
  assert.deepEqual(paths.filter((path) => /^\/tenant\/(statistics|flow)/.test(path)), []);
});

screen('who may read statistics sees both', async ({ page, open }) => {
  await open('/');
  await page.getByRole('heading', { name: 'Top talkers today' }).waitFor();
  assert.equal(await page.getByText('not shown to you').count(), 0);
});
