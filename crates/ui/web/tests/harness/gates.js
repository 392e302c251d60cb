// What holds for every screen, whatever is on it: nobody is shut out (axe, WCAG 2.2 AA), nothing is cut off at any width.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
export const WIDTHS = [390, 1024, 1440];
export const THEMES = ['light', 'dark'];

/** What axe finds in the page as it is now; a line for each kind of violation. */
async function violations(page) {
  const hasAxe = await page.evaluate(() => 'axe' in window);
  if (!hasAxe) await page.evaluate(AXE);
  const found = await page.evaluate(
    async (values) => (await window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] })).violations,
    RULES,
  );
  // Contrast and the like say in their last line what was measured.
  const measured = (node) => node.any[0]?.message ?? node.none[0]?.message ?? '';
  return found.flatMap(({ id, help, nodes }) =>
    nodes.slice(0, 3).map((node) => `${id}: ${help}\n    ${node.html.slice(0, 160)}\n    ${measured(node)}`),
  );
}

/** What is wider than the window: on a telephone nobody scrolls to the side. */
async function overflows(page) {
  const wide = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const scrolls = (one) => one && (/auto|scroll|hidden|clip/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
    return [...document.querySelectorAll('body *')]
      .filter((one) => one.getBoundingClientRect().right > room + 1 && !scrolls(one.parentElement))
      .slice(0, 3)
      .map((one) => `<${one.tagName.toLowerCase()} class="${one.className}"> ${one.textContent?.trim().slice(0, 60)}`);
  });
  return wide.map((one) => `wider than the window: ${one}`);
}

/** No violation that axe knows of, in the page as it is now. */
export async function isAccessible(page) {
  fail(await violations(page));
}

/** Nothing is cut off or scrolls to the side, in the page as it is now. */
export async function fits(page) {
  fail(await overflows(page));
}

/**
 * Both, in both themes and at every width, for the screen that is open. What is wrong is told once, with all places.
 * `briefly` asks axe once only: for another language of a screen whose structure has been looked at.
 */
export async function passesGates(page, { briefly = false } = {}) {
  const before = page.viewportSize();
  const faults = new Map();
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
      // Two frames: one in which it is laid out anew, one in which what watches sizes has followed.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      // What slides in or out has arrived; what goes round for ever is not waited for.
      await page.evaluate(async () => {
        const ends = (one) => Number.isFinite(one.effect?.getComputedTiming().endTime);
        await Promise.allSettled(document.getAnimations().filter(ends).map((one) => one.finished));
      });
      // Contrast is the theme's, structure the width's: two of the six would show nothing new.
      const isAsked = briefly ? theme === 'light' && width === 1440 : theme === 'light' || width === 1440;
      const found = [...(await overflows(page)), ...(isAsked ? await violations(page) : [])];
      for (const fault of found) faults.set(fault, [...(faults.get(fault) ?? []), `${theme} ${width}`]);
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(before);
  fail([...faults].map(([fault, places]) => `(${places.join(', ')}) ${fault}`));
}

function fail(faults) {
  if (faults.length === 0) return;
  const error = new Error(`${faults.length} faults\n  ${faults.join('\n  ')}`);
  // Where it was found out is the same for every screen.
  error.stack = error.message;
  throw error;
}
