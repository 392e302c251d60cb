// Signing in and out, and the first set-up: the ways in that a browser has.
import assert from 'node:assert/strict';
import { apiOf } from '../harness/api.js';
import { screen } from '../harness/screen.js';

const PASSWORD = 'a wooden bridge of four words';

async function signIn(page, person, password = person.password) {
  const tenant = page.getByLabel('Tenant', { exact: false });
  if (await tenant.isVisible()) await tenant.fill(person.tenant);
  await page.getByLabel('User name').fill(person.user);
  await page.getByLabel('Password', { exact: false }).fill(password);
  // As by hand: the form is sent with Enter.
  await page.keyboard.press('Enter');
}

const inside = (page) => page.getByRole('navigation').first().waitFor();
const outside = (page) => page.getByRole('heading', { name: 'Sign in' }).waitFor();

screen('somebody signs in with the keyboard, and stays signed in', { as: null }, async ({ page, open, newcomer }) => {
  const person = await newcomer(['admins']);
  await open('/');
  await outside(page);
  await signIn(page, person);
  await inside(page);
  await page.reload();
  await inside(page);
  const cookies = await page.context().cookies();
  const session = cookies.find(({ name }) => name === 'authorization');
  assert.deepEqual([session.httpOnly, session.secure, session.sameSite], [true, true, 'Strict']);
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  assert.ok(!kept.includes(person.password), 'no password is kept by the page');
});

screen(
  'a wrong password is refused in words that do not tell who exists',
  { as: null, expects: [/status of 401.*\/tenant\/oauth/] },
  async ({ page, open, stage }) => {
    const said = [];
    for (const user of [stage.people.reader.user, 'nobody-of-this-name']) {
      await open('/');
      await signIn(page, { ...stage.people.reader, user }, 'not the password');
      said.push(await page.getByRole('alert').textContent());
      await page.reload();
    }
    assert.equal(said[0], said[1]);
  },
);

screen('the set-up link sets the first password, once, and leaves no secret behind', { as: null }, async ({ page, stage, settled }) => {
  const management = apiOf(stage, stage.people.management);
  const tenant = `t${Date.now() % 1_000_000_000}`;
  const made = await management.post('/tenant/tenants', {
    id: tenant,
    domain: tenant,
    company: tenant,
    adminName: 'jane@example.org',
    adminEmail: 'jane@example.org',
  });
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  const values = new URLSearchParams({ tenant, user: 'jane@example.org', secret: made.setupSecret });
  await page.goto(`/ui/#/setup?${values}`);
  await settled();
  assert.ok(!page.url().includes(made.setupSecret), 'the secret is not left in the address');
  const [first, second] = await page.locator('input[type=password]').all();
  await first.fill(PASSWORD);
  await second.fill(PASSWORD);
  await page.keyboard.press('Enter');
  await inside(page);
  assert.ok(asked.every((url) => !url.includes(made.setupSecret)), 'the secret is in no address that is asked for');
  const own = await apiOf(stage, { tenant, user: 'jane@example.org', password: PASSWORD }).get('/user/currentUser');
  assert.equal(own.userName, 'jane@example.org');
});
