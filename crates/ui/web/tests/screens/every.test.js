// What holds for every screen of `src/screens/routes.ts`, in both languages: it opens without a word in the browser's
// console, nobody is shut out, nothing is cut off at any width, in light and dark. R146
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { places } from '../harness/places.js';
import { passesGates } from '../harness/gates.js';
import { screen } from '../harness/screen.js';
import { stageOf } from '../harness/stage.js';

const all = await places(stageOf());

describe('every screen', { concurrency: 2 }, () => {
  for (const { name, path, as } of all) {
    for (const language of ['en', 'de']) {
      screen(`${name} passes the gates (${language})`, { as, language }, async ({ page, open }) => {
        await open(path);
        assert.equal(await page.getAttribute('html', 'lang'), language);
        assert.ok(await page.title(), 'a page has a title');
        await passesGates(page, { briefly: language !== 'en' });
      });
    }
  }
});
