// The platform that is not reached, that has enough, or that fails; a console whose parts are missing; data that nobody
// expected. The page says so, keeps what it has, and goes on when it is over.
import assert from 'node:assert/strict';
import { passesGates } from '../harness/gates.js';
import { screen } from '../harness/screen.js';

const device = (api, name, more = {}) => api.post('/inventory/managedObjects', { name, c8y_IsDevice: {}, ...more });
const LOST = [/ERR_INTERNET_DISCONNECTED/, /ERR_NETWORK_CHANGED/];

screen('without a connection the data stays, its age is said, and nothing can be changed', { expects: LOST }, async ({ page, context, open, api }) => {
  const type = `offline_${Date.now()}`;
  const one = await device(api, 'Stays here', { type, c8y_Notes: 'before' });
  await open(`/devices?q=type:${type}`);
  await page.getByText('live', { exact: true }).waitFor();
  await context.setOffline(true);
  await page.getByText(/^No connection since \d\d:\d\d, showing data from \d\d:\d\d/).waitFor();
  await page.getByText('not live', { exact: true }).waitFor();
  await page.getByRole('row').filter({ hasText: 'Stays here' }).waitFor();
  await page.getByRole('checkbox', { name: 'Select Stays here' }).check();
  const bar = page.getByRole('region', { name: '1 selected' });
  for (const name of ['Add to a group', 'Delete']) {
    assert.ok(await bar.getByRole('button', { name, exact: true }).isDisabled(), `${name} is greyed`);
  }
  await bar.getByRole('button', { name: 'Why not?' }).first().click();
  await page.getByText('Nothing can be changed until it is back.', { exact: false }).last().waitFor();
  await page.keyboard.press('Escape');
  await bar.getByRole('button', { name: 'More' }).click();
  const item = page.getByRole('menuitem', { name: /^Maintenance on/ }).first();
  assert.equal(await item.getAttribute('aria-disabled'), 'true');
  assert.match(await item.innerText(), /cannot be reached/);
  await item.click({ force: true });
  assert.equal(await page.getByRole('dialog').count(), 0, 'a greyed entry does nothing');
  await page.keyboard.press('Escape');
  await passesGates(page);

  // It comes back by itself, and brings what happened meanwhile.
  await device(api, 'Came meanwhile', { type });
  await api.put(`/inventory/managedObjects/${one.id}`, { name: 'Was renamed meanwhile' });
  await context.setOffline(false);
  await page.getByText(/^No connection since/).waitFor({ state: 'detached' });
  await page.getByText('live', { exact: true }).waitFor();
  await page.getByRole('row').filter({ hasText: 'Came meanwhile' }).waitFor();
  await page.getByRole('row').filter({ hasText: 'Was renamed meanwhile' }).waitFor();
  assert.ok(await bar.getByRole('button', { name: 'Delete', exact: true }).isEnabled());
  await device(api, 'Comes live', { type });
  await page.getByRole('button', { name: '1 new device, show' }).waitFor();
});

screen('what is typed without a connection is kept, and saved when it is back', { expects: LOST }, async ({ page, context, open, api }) => {
  const one = await device(api, 'Written offline', { c8y_Notes: 'before' });
  await open(`/devices/${one.id}/info`);
  const notes = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Notes' }) });
  await notes.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('textbox', { name: 'Notes' }).fill('half a sente');
  await context.setOffline(true);
  await page.getByText(/^No connection since/).waitFor();
  await page.getByRole('textbox', { name: 'Notes' }).pressSequentially('nce');
  const save = notes.getByRole('button', { name: 'Save' });
  assert.ok(await save.isDisabled());
  await page.getByRole('button', { name: 'Actions' }).click();
  for (const name of ['Rename', 'Delete']) {
    assert.match(await page.getByRole('menuitem', { name }).innerText(), /cannot be reached/);
  }
  await page.keyboard.press('Escape');
  await context.setOffline(false);
  await page.getByText(/^No connection since/).waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('textbox', { name: 'Notes' }).inputValue(), 'half a sentence');
  await save.click();
  await page.getByRole('textbox', { name: 'Notes' }).waitFor({ state: 'hidden' });
  assert.equal((await api.get(`/inventory/managedObjects/${one.id}`)).c8y_Notes, 'half a sentence');
});

screen('a page that is opened without a connection is there when it is back', { expects: LOST, language: 'de' }, async ({ page, context, open }) => {
  await open('/operations');
  // The files of the page are there, its data is not.
  await page.getByRole('link', { name: 'Alarme', exact: true }).hover();
  await context.setOffline(true);
  await page.getByText(/^Keine Verbindung seit/).waitFor();
  await page.evaluate(() => (location.hash = '#/operations?q=status:FAILED'));
  await page.getByText(/nicht erreichbar|ließ sich nicht laden/).first().waitFor();
  await passesGates(page);
  await context.setOffline(false);
  await page.getByRole('row').filter({ hasText: 'Neu starten' }).first().waitFor();
});

const ROUTE = '**/ui/assets/Alarms-*.js';
screen('a part of the console that cannot be loaded is asked for again, and the rest goes on', { expects: [/ERR_FAILED/] }, async ({ page, open }) => {
  await open('/devices');
  let refused = 0;
  await page.route(ROUTE, (route) => {
    refused += 1;
    return route.abort();
  });
  await page.getByRole('link', { name: 'Alarms', exact: true }).click();
  await page.getByText('This part of the console could not be loaded').waitFor();
  assert.ok(refused > 0);
  await passesGates(page);
  await page.getByRole('link', { name: 'Operations', exact: true }).click();
  await page.getByRole('heading', { name: 'Operations', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'Alarms', exact: true }).click();
  await page.getByText('This part of the console could not be loaded').waitFor();
  await page.unroute(ROUTE);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'Alarms', level: 1 }).waitFor();
});

screen('a newer console that has other files is loaded with a new page', { expects: [/status of 404/] }, async ({ page, open }) => {
  await open('/devices');
  await page.evaluate(() => (window.isOld = true));
  await page.route(ROUTE, async (route) => {
    const isOld = await page.evaluate(() => window.isOld).catch(() => false);
    return isOld ? route.fulfill({ status: 404, body: 'no such file' }) : route.fallback();
  });
  await page.getByRole('link', { name: 'Alarms', exact: true }).click();
  await page.getByText('This part of the console could not be loaded').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'Alarms', level: 1 }).waitFor();
  await page.getByRole('row').filter({ hasText: 'Pump 1' }).first().waitFor();
  assert.equal(await page.evaluate(() => window.isOld), undefined);
});

screen('data that breaks a page breaks nothing but that page', { expects: [/TypeError|undefined|not iterable|is not/] }, async ({ page, open, stage }) => {
  await open('/devices');
  await page.route('**/devicecontrol/operations?*', (route) =>
    route.fulfill({ json: { operations: [{ id: '1', status: 'FAILED', creationTime: {}, deviceId: null }, null], statistics: { totalElements: 2, currentPage: 1, pageSize: 100 } } }),
  );
  await page.evaluate((id) => (location.hash = `#/devices/${id}/control`), stage.samples.device);
  const problem = page.getByRole('alert');
  await problem.getByText('Something failed in the console').waitFor();
  await page.getByRole('link', { name: 'Info', exact: true }).waitFor();
  await page.unroute('**/devicecontrol/operations?*');
  await problem.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('row').filter({ hasText: 'Restart' }).first().waitFor();
  await page.getByRole('link', { name: 'Alarms', exact: true }).first().click();
  await page.getByRole('heading', { name: 'Alarms', level: 1 }).waitFor();
});

screen('a device that tells nothing but nonsense about itself has a page', async ({ page, open, api }) => {
  const odd = [7, 'x', [], [null, 1], { a: { b: [] } }, true, null];
  for (const [at, value] of odd.entries()) {
    const parts = ['c8y_Hardware', 'c8y_Firmware', 'c8y_SoftwareList', 'c8y_SupportedOperations', 'c8y_Position', 'c8y_Notes', 'c8y_Availability', 'c8y_Connection', 'c8y_Mobile', 'c8y_SupportedMeasurements', 'holdfast_Disconnected'];
    const body = Object.fromEntries(parts.map((name) => [name, value]).filter(([, one]) => one !== null));
    const one = await device(api, `Odd ${at}`, body).catch(() => undefined);
    if (!one) continue;
    await open(`/devices/${one.id}/info`);
    await page.getByRole('heading', { name: `Odd ${at}`, level: 1 }).waitFor();
    assert.equal(await page.getByRole('alert').count(), 0, `${JSON.stringify(value)} breaks the page`);
    for (const tab of ['control', 'location', 'data']) await open(`/devices/${one.id}/${tab}`);
    assert.equal(await page.getByRole('alert').count(), 0, `${JSON.stringify(value)} breaks a tab`);
  }
});

const USERS = /\/user\/t100\/users\?/;
screen('too many calls: it is said when it may be tried again, and it can be then', { expects: [/status of 429/] }, async ({ page, open }) => {
  await open('/devices');
  await page.route(USERS, (route) =>
    route.fulfill({ status: 429, headers: { 'retry-after': '3' }, json: { error: 'general/Too Many Requests', message: 'Too many' } }),
  );
  await page.getByRole('link', { name: 'Users', exact: true }).click();
  const problem = page.getByRole('alert');
  await problem.locator('[aria-hidden]').getByText(/again in [123] s/).waitFor();
  const again = problem.getByRole('button', { name: 'Try again' });
  assert.ok(await again.isDisabled());
  await problem.getByText('It may be tried again now.').waitFor();
  await page.unroute(USERS);
  await again.click();
  await page.getByRole('row').filter({ hasText: 'reader' }).waitFor();
});

screen('a fault of the platform shows its id, to be copied', { expects: [/status of 50/] }, async ({ page, context, open }) => {
  await open('/devices');
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const message = 'Something failed on our side. What was acknowledged before is safe. Tell the operator this id: f-4711';
  await page.route(USERS, (route) => route.fulfill({ status: 500, json: { error: 'general/Internal Server Error', message } }));
  await page.getByRole('link', { name: 'Users', exact: true }).click();
  const problem = page.getByRole('alert');
  await problem.getByText('f-4711', { exact: true }).waitFor();
  await passesGates(page);
  await problem.getByRole('button', { name: 'Copy: id for the operator' }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'f-4711');
  // A busy platform, and something between that answers without a word.
  for (const [status, words] of [[503, 'The platform is busy'], [502, 'The answer was 502, without a reason']]) {
    await page.unroute(USERS);
    await page.route(USERS, (route) => route.fulfill({ status, body: '<html></html>' }));
    await problem.getByRole('button', { name: 'Try again' }).click();
    await problem.getByText(words).waitFor();
  }
  await page.unroute(USERS);
  await problem.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('row').filter({ hasText: 'reader' }).waitFor();
});

screen('data that could not be loaded again stays, dimmed, with its age', { expects: [/status of 500/] }, async ({ page, open, stage }) => {
  await open(`/users?kind=`);
  await page.getByRole('row').filter({ hasText: 'reader' }).waitFor();
  const one = `/inventory/managedObjects/${stage.samples.device}`;
  await open(`/devices/${stage.samples.device}/data`);
  const ink = () => page.getByRole('main').evaluate((main) => getComputedStyle(main.querySelector('.there')).color);
  const before = await ink();
  await page.route(new RegExp(`${one}\\?`), (route) => route.fulfill({ status: 500, json: { error: 'x', message: 'It broke' } }));
  await page.evaluate(() => dispatchEvent(new Event('offline')));
  await page.getByText(/^No connection since/).waitFor();
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await page.getByText(/^Shown as of \d\d:\d\d; the latest could not be loaded/).waitFor();
  assert.notEqual(await ink(), before);
  await passesGates(page);
  await page.unroute(new RegExp(`${one}\\?`));
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText(/^Shown as of/).waitFor({ state: 'detached' });
  assert.equal(await ink(), before);
});
