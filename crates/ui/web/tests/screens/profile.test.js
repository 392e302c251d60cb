// One's own page: data, password, second factor, language.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { screen } from '../harness/screen.js';
import { newPerson } from '../harness/data.js';
import { passesGates } from '../harness/gates.js';
import { newPage } from '../harness/page.js';

/** The code of a secret in base 32 at a time in milliseconds (RFC 6238, SHA-1, six digits, 30 s). */
function code(secret, now) {
  const bits = [...secret].map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const hash = createHmac('sha1', key).update(counter).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** The page of somebody new, beside that of the administrator. */
async function own({ api, context, open, stage }, name, groups) {
  await open('/profile');
  stage.people[name] = await newPerson(api, name, groups);
  return newPage(context.browser(), stage, { as: name });
}

screen('everybody changes their own data and password', async (given) => {
  const theirs = await own(given, 'yara', ['Business User']);
  const { page } = theirs;
  await theirs.open('/profile');
  await page.getByLabel('Phone').fill('+49 40 777');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  assert.equal((await given.api.get('/user/t100/users/yara')).phone, '+49 40 777');

  await page.getByLabel('Current password').fill('four wooden bridges 3');
  await page.getByLabel('New password').fill('another green hill behind 9');
  await page.getByLabel('The same again').fill('another green hill behind 9');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('The password is changed.').waitFor();
  await passesGates(page);
  await page.getByLabel('Language', { exact: true }).selectOption('de');
  await page.getByRole('heading', { name: 'Mein Profil' }).waitFor();
  await passesGates(page);
  assert.deepEqual(theirs.faults, []);
  await theirs.context.close();
});

// R056
screen('a second factor is set up with a code that is drawn in the browser', async (given) => {
  const theirs = await own(given, 'zora', ['Business User']);
  const { page } = theirs;
  await theirs.open('/profile');
  await page.getByRole('button', { name: 'Set up' }).click();
  await page.getByRole('img', { name: 'Code to scan with an authenticator app' }).waitFor();
  const secret = (await page.getByText(/^([A-Z2-7]{4} ?){4,}$/).innerText()).replaceAll(' ', '');
  await passesGates(page);
  await page.getByLabel('Code that the app shows').fill('000000');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByText('This code is not valid').waitFor();
  await page.getByLabel('Code that the app shows').fill(code(secret, Date.now()));
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByText(/On: signing in asks for a code|Sign in/).first().waitFor();
  assert.equal((await given.api.get('/user/t100/users/zora/tfa')).tfaEnabled, true);
  const found = theirs.faults.filter((fault) => !/status of 40[13]/.test(fault));
  assert.deepEqual(found, []);
  await theirs.context.close();
});

// R061
screen('everybody sees their own sessions, and signs the others out', async (given) => {
  const theirs = await own(given, 'wanda', ['Business User']);
  const other = await newPage(given.context.browser(), given.stage, { as: 'wanda' });
  await other.open('/devices');
  await theirs.open('/profile');
  const { page } = theirs;
  const list = page.getByRole('list', { name: 'Open sessions' });
  assert.equal(await list.getByRole('listitem').count(), 2);
  assert.equal(await list.getByRole('listitem').filter({ hasText: 'this one' }).count(), 1);
  await page.getByRole('button', { name: 'Sign out the others' }).click();
  await page.getByRole('dialog').getByText('1 other session ends').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out the others' }).click();
  await list.getByRole('listitem').nth(1).waitFor({ state: 'detached' });
  const status = async (of) => (await of.context.request.get('/user/currentUser')).status();
  assert.deepEqual([await status(theirs), await status(other)], [200, 401]);
  assert.deepEqual(theirs.faults, []);
  await other.context.close();
  // One's own is the way out.
  await list.getByRole('button', { name: /^End/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await theirs.context.close();
});

// R056
screen('recovery codes are shown once, and one of them signs in when the authenticator is lost', async (given) => {
  const theirs = await own(given, 'tilda', ['Business User']);
  const { page } = theirs;
  await theirs.open('/profile');
  await page.getByRole('button', { name: 'Set up' }).click();
  const secret = (await page.getByText(/^([A-Z2-7]{4} ?){4,}$/).innerText()).replaceAll(' ', '');
  await page.getByLabel('Code that the app shows').fill(code(secret, Date.now()));
  await page.getByRole('button', { name: 'Turn on' }).click();
  const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
  await codes.nth(9).waitFor();
  const first = (await codes.first().innerText()).trim();
  assert.match(first, /^([a-z2-7]{4}-){3}[a-z2-7]{4}$/);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as a file' }).click()]);
  assert.match(download.suggestedFilename(), /recovery-codes-t100-tilda\.txt/);
  await passesGates(page);
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByText('10 left').waitFor();
  assert.deepEqual(theirs.faults, []);
  await theirs.context.close();

  const fresh = await newPage(given.context.browser(), given.stage, { as: null });
  await fresh.open('/');
  const signIn = async (recoveryCode) => {
    await fresh.page.getByRole('button', { name: 'Use a recovery code' }).click();
    await fresh.page.getByLabel('Recovery code').fill(recoveryCode);
    await fresh.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  };
  const { tenant, user, password } = given.stage.people.tilda;
  await fresh.page.getByLabel('Tenant').fill(tenant);
  await fresh.page.getByLabel('User name').fill(user);
  await fresh.page.getByLabel('Password').fill(password);
  await fresh.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await fresh.page.getByText('Now the code of your second factor').waitFor();
  await signIn(first.toUpperCase());
  await fresh.page.getByText('You signed in with a recovery code: 9 are left').waitFor();
  await fresh.page.goto(`${fresh.page.url().split('#')[0]}#/profile`);
  await fresh.page.getByText('9 left').waitFor();
  await fresh.page.getByText('with password and recovery code').first().waitFor();
  await fresh.context.close();
});

// R056
screen('giving up a replacement of the authenticator leaves the recovery codes as they are', async (given) => {
  const theirs = await own(given, 'runa', ['Business User']);
  const { page } = theirs;
  let made = 0;
  page.on('request', (request) => (made += request.method() === 'POST' && request.url().endsWith('/recoveryCodes') ? 1 : 0));
  await theirs.open('/profile');
  await page.getByRole('button', { name: 'Set up' }).click();
  const secret = (await page.getByText(/^([A-Z2-7]{4} ?){4,}$/).innerText()).replaceAll(' ', '');
  await page.getByLabel('Code that the app shows').fill(code(secret, Date.now() - 30_000));
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByRole('button', { name: 'Replace the authenticator' }).click();
  await page.getByLabel('Code of your present authenticator').fill(code(secret, Date.now()));
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('Until then the present authenticator counts').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Replace the authenticator' }).waitFor();
  await page.getByText('10 left').waitFor();
  assert.equal(made, 1);
  await theirs.context.close();
});

// R056
screen('the authenticator is replaced by whoever has it, and by nobody with a wrong code', async (given) => {
  const theirs = await own(given, 'ronja', ['Business User']);
  const { page } = theirs;
  const shown = async () => (await page.getByText(/^([A-Z2-7]{4} ?){4,}$/).innerText()).replaceAll(' ', '');
  await theirs.open('/profile');
  await page.getByRole('button', { name: 'Set up' }).click();
  const first = await shown();
  // Each code is good once, and so is each of its steps: the one before, this one, the next one.
  await page.getByLabel('Code that the app shows').fill(code(first, Date.now() - 30_000));
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByRole('button', { name: 'Replace the authenticator' }).click();
  const old = page.getByLabel('Code of your present authenticator');
  await old.fill('000000');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('This code is not valid').waitFor();
  await passesGates(page);
  await old.fill(code(first, Date.now()));
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('Until then the present authenticator counts').waitFor();
  const second = await shown();
  assert.notEqual(second, first);
  await passesGates(page);
  await page.getByLabel('Code that the app shows').fill(code(second, Date.now() + 30_000));
  await page.getByRole('button', { name: 'Replace', exact: true }).click();
  // The codes before are void: there are new ones at once.
  await page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').nth(9).waitFor();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByText('10 left').waitFor();
  assert.equal((await given.api.get('/user/t100/users/ronja/tfa')).tfaEnabled, true);
  const found = theirs.faults.filter((fault) => !/status of 403/.test(fault));
  assert.deepEqual(found, []);
  await theirs.context.close();
});
