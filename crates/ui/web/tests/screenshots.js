// `npm run screenshots [-- PART-OF-A-NAME …]`: every screen, light and dark, in both languages, at three widths, as files in
// target/console/screenshots (CONSOLE_PLACE says another place). Looks and reports; it judges nothing.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { WIDTHS, THEMES } from './harness/gates.js';
import { newPage } from './harness/page.js';
import { places } from './harness/places.js';
import { PLACE, raise } from './harness/stage.js';

const wanted = process.argv.slice(2);
const folder = join(PLACE, 'screenshots');
const { stage, stop } = await raise();
try {
  if (wanted.length === 0) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const browser = await chromium.connect(stage.browser);
  const all = await places(stage);
  for (const place of all.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)))) {
    for (const language of ['en', 'de']) await photograph(browser, place, language);
  }
  await browser.close();
} finally {
  await stop(!process.exitCode);
}

async function photograph(browser, { name, path, as }, language) {
  const { page, context, open, faults } = await newPage(browser, stage, { as, language });
  try {
    await open(path);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
        await page.screenshot({ path: join(folder, `${name}-${language}-${theme}-${width}.png`), animations: 'disabled' });
      }
    }
    console.log(`${name} (${language})${faults.map((fault) => `\n  ${fault}`).join('')}`);
  } catch (error) {
    console.error(`${name} (${language}): ${error.message}`);
    process.exitCode = 1;
  } finally {
    await context.close();
  }
}
