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
