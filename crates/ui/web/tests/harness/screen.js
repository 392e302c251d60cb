// One test of a screen: a page of its own in the real console, with everything collected that must not happen. A test
// fails on any message in the browser's console, any violation of the content security policy, any error of the page and
// any request to another origin, whatever else it looks at.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { newPage } from './page.js';
import { stageOf } from './stage.js';

const SECONDS_MAX_OF_A_TEST = 90;

const stage = stageOf();
let browser;
before(async () => {
  browser = await chromium.connect(stage.browser);
});
after(() => browser?.close());

/**
 * A test. `options`:
 *   as        who is signed in: 'admin' (the default), 'reader', 'nobody', 'management', or null for a stranger
 *   own       instead of `as`, the groups of a person whom only this test knows: for one that signs in or out itself
 *   language  'en' (the default) or 'de'
 *   width     390, 1024 or 1440 (the default)
 *   byName    at the tenant's own host name, where its hosted applications are
 *   embedded  the console of the program, even when another one is tried (CONSOLE_DIST)
 *   bypassCSP without the content security policy, to see what else protects
 *   expects   regular expressions of messages in the console that belong to the test, like /status of 409/
 *
 * `body` gets { page, open, api, person, newcomer, stage, context }: `open('/devices')` goes to a screen and waits until it
 * is quiet; `person` is who is signed in, `api` the REST API as that person; `newcomer(['readers'])` is somebody new.
 */
export function screen(name, options, body) {
  if (typeof options === 'function') return screen(name, {}, options);
  return test(name, { timeout: SECONDS_MAX_OF_A_TEST * 1_000 }, async () => {
    const one = await newPage(browser, stage, options);
    let failure;
    try {
      await body(one);
      await one.settled();
    } catch (error) {
      failure = error;
      await photograph(one.page, name);
    }
    // Messages say more about a failure than the step that was missed because of them.
    const found = one.faults.filter((fault) => !options.expects?.some((expected) => expected.test(fault)));
    await one.context.close();
    if (found.length > 0) {
      const messages = `${name}: the browser reports\n  ${found.join('\n  ')}`;
      throw new Error(failure ? `${messages}\nand the test failed: ${failure.message}` : messages, { cause: failure });
    }
    if (failure) throw failure;
  });
}

async function photograph(page, name) {
  const folder = join(stage.place, 'failures');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name.replace(/\W+/g, '-').slice(0, 80)}.png`);
  // What failed is told; the picture helps and must not hide it.
  await page.screenshot({ path }).then(
    () => console.log(`as it looked: ${path}`),
    () => undefined,
  );
}
