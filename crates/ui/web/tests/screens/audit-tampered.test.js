// An audit log that somebody has changed on the disk: a program of its own is filled, stopped, tampered with, and started
// again. Needs target/debug/xtask (`cargo build -p xtask`).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { apiOf } from '../harness/api.js';
import { newPage } from '../harness/page.js';
import { ADMIN_PASSWORD, serve, startProgram, TENANT } from '../harness/program.js';
import { stageOf } from '../harness/stage.js';

const TARGET = resolve(import.meta.dirname, '../../../../../target/debug');
const XTASK = process.env.XTASK_PROGRAM ?? join(TARGET, 'xtask');
const PROGRAM = process.env.HOLDFAST_PROGRAM ?? join(TARGET, 'holdfast');
const DAMAGED = 7;

const stage = stageOf();
const directory = join(stage.place, `tampered-${process.pid}`);
const admin = { tenant: TENANT, user: 'admin', password: ADMIN_PASSWORD };
let browser;
let program;
before(async () => {
  browser = await chromium.connect(stage.browser);
});
after(async () => {
  await browser?.close();
  await program?.stop();
});

async function look(language, body) {
  const own = { ...stage, base: program.base, ca: program.ca, people: { admin } };
  const one = await newPage(browser, own, { language });
  try {
    await one.open('/audit');
    await body(one.page);
  } finally {
    await one.context.close();
  }
  return one.faults;
}

test('a tampered audit database turns the seal red and names the first bad record', async () => {
  assert.ok(existsSync(XTASK), `${XTASK} is not there: cargo build -p xtask`);
  program = await startProgram(resolve(PROGRAM), directory);
  const api = apiOf(program, admin);
  for (let at = 0; at < 12; at += 1) await api.post('/inventory/managedObjects', { name: `Object ${at}` });
  const sound = await look('en', (page) => page.getByText(/^Verified in this browser: \d/).waitFor());
  assert.deepEqual(sound, []);
  await program.stop();

  const tampered = spawnSync(XTASK, ['tamper', join(directory, 'data'), '--shard', '1', '--record', String(DAMAGED)], { encoding: 'utf8' });
  assert.equal(tampered.status, 0, tampered.stderr);
  program = await serve(directory);
  const messages = await look('en', async (page) => {
    const alert = page.getByRole('alert').filter({ hasText: 'The audit log does not verify.' });
    await alert.getByText(new RegExp(`^Record ${DAMAGED} was changed outside of the program`)).waitFor();
    await alert.getByText(`Records 1 to ${DAMAGED - 1} agree with their hashes.`).waitFor();
    await page.getByText('verification failed').first().waitFor();
    await page.getByRole('link', { name: `Open record ${DAMAGED}` }).click();
    await page.getByRole('dialog').getByText('its copy of this record is damaged').waitFor();
    await page.screenshot({ path: join(stage.place, 'tampered.png') });
  });
  // The platform refuses to export what it cannot open, which the browser writes down.
  assert.deepEqual(messages.filter((message) => !/status of 500/.test(message)), []);
});
