// Texts of devices and people are shown as they are, whatever is in them: nothing of it becomes markup, a script or a link.
// The collectors of every test would see a script that runs, and whatever the policies of the page had to stop. R147
import assert from 'node:assert/strict';
import { places } from '../harness/places.js';
import { screen } from '../harness/screen.js';
import { stageOf } from '../harness/stage.js';

const stage = stageOf();
const all = (await places(stage)).filter(({ as }) => as === 'admin');
const ofDevice = all.filter(({ path }) => path.startsWith('/devices/'));
const others = all.filter((place) => !ofDevice.includes(place));

async function showsNoMarkup(page, where) {
  const made = await page.evaluate(() =>
    [...document.querySelectorAll('img[src="x"], [onload], [onerror], [href^="javascript:" i], [src^="javascript:" i]')].map(
      (one) => one.outerHTML.slice(0, 120),
    ),
  );
  assert.deepEqual(made, [], where);
}

screen('what a device calls itself and its things is text', async ({ page, open, stage }) => {
  for (const { path } of ofDevice) {
    await open(path.replace(`/${stage.samples.device}`, `/${stage.samples.harmful}`));
    assert.match(await page.locator('h1').first().textContent(), /<img src=x onerror=alert\(1\)>/);
    await showsNoMarkup(page, path);
  }
});

screen('what others have stored is text on every screen', async ({ page, open }) => {
  for (const { path } of others) {
    await open(path);
    await showsNoMarkup(page, path);
  }
});
