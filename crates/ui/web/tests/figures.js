// `npm run figures`: what the console costs its readers, measured in a real browser against the real program, and printed as
// the table of docs/benchmarks.md. The bounds of times are generous: they catch a mistake, not a busy machine.
// HOLDFAST_PROGRAM may name a release build; which build it was stands above the table, with how busy the machine was.
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { apiOf } from './harness/api.js';
import { newPage } from './harness/page.js';
import { drawHalfAMillion, POINTS } from './harness/points.js';
import { BUILT, raise } from './harness/stage.js';

const DEVICES = 5_000;
const DIST = process.env.CONSOLE_DIST ?? join(import.meta.dirname, '../../dist');
const BOUNDS = { signInBytes: 120_000, overviewBytes: 175_000, filterMs: 5_000, drawMs: 1_000, interactionMs: 1_000 };
/** How often each filter is tried. */
const ROUNDS = 4;
/** How long the page is left to itself after a filter: a few times what it takes. */
const SILENT_MS = 250;
const FILTERS = ['name:figure-0042', 'type:figure_3', 'figure-49', 'name:figure-1', 'type:figure_7 name:figure-00'];

const rows = [];
function tell(measured, n, result, value, bound) {
  rows.push(`| ${measured} | ${n} | ${result} |`);
  if (value <= bound) return;
  console.error(`${measured}: ${result}, and at most ${bound} is expected`);
  process.exitCode = 1;
}
const at = (values, share) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
const ms = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

/** A release build carries no symbols (Cargo.toml). */
const build = () => (readFileSync(BUILT).includes('.symtab\0') ? 'debug' : 'release');
const load = () => loadavg()[0].toFixed(1);

const { stage, stop } = await raise();
const loadBefore = load();
try {
  await devices();
  const browser = await chromium.connect(stage.browser);
  for (const measure of [firstLoad, filtering, drawing, interacting]) await measure(browser);
  await browser.close();
  const memory = `${Math.round(totalmem() / 2 ** 20)} MiB of memory`;
  console.log(`\n- machine: ${cpus()[0].model}, ${cpus().length} cores, ${memory}, Linux ${release()}`);
  console.log(`- build: ${build()}; load of the machine before and after: ${loadBefore} and ${load()}\n`);
  console.log(`| measured | N | result |\n|---|---:|---|\n${rows.join('\n')}`);
} finally {
  await stop(!process.exitCode);
}

async function devices() {
  const api = apiOf(stage, stage.people.admin);
  let next = 0;
  const one = async () => {
    while (next < DEVICES) {
      const number = String(next++).padStart(4, '0');
      const type = `figure_${Number(number) % 10}`;
      await api.post('/inventory/managedObjects', { name: `figure-${number}`, type, c8y_IsDevice: {} });
    }
  };
  await Promise.all(Array.from({ length: 4 }, one));
}

/** What comes over the wire before somebody can sign in, and before they see the overview: as a release build compresses it. */
async function firstLoad(browser) {
  for (const [what, as, bound] of [['sign-in page', null, BOUNDS.signInBytes], ['overview', 'admin', BOUNDS.overviewBytes]]) {
    const { page, open, context } = await newPage(browser, stage, { as });
    const files = new Set();
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith('/ui/')) files.add(pathname.slice('/ui/'.length) || 'index.html');
    });
    await open('/');
    const is_ready_made = (name) => /\.woff2$/.test(name);
    const size = (name) => {
      const bytes = readFileSync(join(DIST, name));
      return is_ready_made(name) ? bytes.length : brotliCompressSync(bytes).length;
    };
    const sum = (names) => names.reduce((all, name) => all + size(name), 0);
    const all = [...files];
    const fonts = sum(all.filter(is_ready_made));
    const total = sum(all);
    tell(`first load of the ${what}, compressed (brotli)`, all.length, `${(total / 1000).toFixed(1)} kB, of it ${(fonts / 1000).toFixed(1)} kB fonts`, total, bound);
    await context.close();
  }
}

/** From the key that confirms a filter to the picture that shows the matches and how many they are; and its parts: the
    page until it asks, the platform until its answer is there, the page until the picture. */
async function filtering(browser) {
  const { page, open, settled, context } = await newPage(browser, stage);
  const times = [];
  const first = () => open('/devices');
  await first();
  // A console to be tried instead (CONSOLE_DIST) passes through this program, and so would every question of it.
  await context.unrouteAll();
  for (let at = 0; at < FILTERS.length * ROUNDS; at += 1) {
    await page.evaluate(() => (location.hash = '#/devices'));
    await settled();
    const box = page.getByRole('combobox', { name: 'Add filter' });
    await box.fill(FILTERS[at % FILTERS.length]);
    await settled();
    await page.evaluate(watchFilter);
    await box.press('Enter');
    // Nothing is asked of the page meanwhile: on a small machine that would take its time from it.
    await new Promise((done) => setTimeout(done, SILENT_MS));
    times.push(await page.evaluate(() => globalThis.filtered));
  }
  const line = (what, pick, bound = Infinity) => {
    const values = times.map(pick);
    const median = at(values, 0.5);
    tell(what, values.length, `${ms(median)} (median), ${ms(Math.max(...values))} at most`, median, bound);
  };
  line(`filtering ${DEVICES.toLocaleString('en')} devices, from the key to the picture`, (one) => one.picture, BOUNDS.filterMs);
  line('of it the page, from the key to its question', (one) => one.asked);
  line('of it the platform, from the question to the end of its answer', (one) => one.answered - one.asked);
  line('of it the page, from the answer to the picture', (one) => one.picture - one.answered);
  await context.close();
}

/** In the page: `filtered` becomes the times since the next key, in milliseconds. */
function watchFilter() {
  const count = document.querySelector('h1 + [aria-live]');
  const before = count.textContent;
  performance.clearResourceTimings();
  const painted = () =>
    new Promise((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => done(performance.now());
      requestAnimationFrame(() => port2.postMessage(0));
    });
  globalThis.filtered = new Promise((done) => {
    let key;
    addEventListener('keydown', (event) => (key ??= event.timeStamp), { capture: true, once: true });
    const observer = new MutationObserver(async () => {
      if (count.textContent === before) return;
      observer.disconnect();
      const picture = await painted();
      const question = performance.getEntriesByType('resource').findLast((one) => one.name.includes('withGroups=true'));
      done({ asked: question.startTime - key, answered: question.responseEnd - key, picture: picture - key });
    });
    observer.observe(count, { childList: true, characterData: true, subtree: true });
  });
}

async function drawing(browser) {
  const { page, context } = await newPage(browser, stage);
  const times = await drawHalfAMillion(page, stage.samples.device);
  const best = Math.min(...times);
  tell(`drawing ${POINTS.toLocaleString('en')} points`, times.length, `${ms(times[0])} the first time, ${ms(best)} at best`, best, BOUNDS.drawMs);
  await context.close();
}

/** From a key or click to the next frame (Event Timing), with every device loaded into the table. */
async function interacting(browser) {
  const { page, open, settled, context } = await newPage(browser, stage);
  await open('/devices?q=type:figure_0|figure_1|figure_2|figure_3|figure_4|figure_5|figure_6|figure_7|figure_8|figure_9');
  const grid = page.getByRole('grid');
  await grid.waitFor();
  const box = grid.locator('xpath=..');
  for (let height = -1; ; ) {
    await box.evaluate((element) => (element.scrollTop = element.scrollHeight));
    await settled();
    const now = await box.evaluate((element) => element.scrollHeight);
    if (now === height) break;
    height = now;
  }
  const last = Number(await grid.getByRole('row').last().getAttribute('aria-rowindex'));
  if (last !== DEVICES + 1) throw new Error(`${last - 1} rows are loaded, not ${DEVICES}`);
  await page.evaluate(() => {
    globalThis.interactions = new Map();
    const note = (list) => {
      for (const { interactionId, duration, processingStart, processingEnd } of list.getEntries()) {
        if (!interactionId) continue;
        const before = globalThis.interactions.get(interactionId) ?? { duration: 0, script: 0 };
        const script = before.script + processingEnd - processingStart;
        globalThis.interactions.set(interactionId, { duration: Math.max(duration, before.duration), script });
      }
    };
    new PerformanceObserver(note).observe({ type: 'event', durationThreshold: 16 });
  });
  await grid.getByRole('row').last().focus();
  const keys = ['ArrowUp', 'ArrowUp', ' ', 'PageUp', 'ArrowDown', ' ', 'Home', 'PageDown', 'End', 'ArrowUp'];
  const COUNT = 200;
  for (let done = 0; done < COUNT; done += 1) {
    await page.keyboard.press(keys[done % keys.length]);
    await page.evaluate(() => new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame))));
  }
  // What is quicker than a frame is not told; it counts as one.
  const told = await page.evaluate(() => [...globalThis.interactions.values()]);
  const quick = Array(Math.max(0, COUNT - told.length)).fill({ duration: 16, script: 0 });
  const all = [...told, ...quick];
  const times = all.map((one) => one.duration);
  const p95 = at(times, 0.95);
  const script = all.map((one) => one.script);
  tell(`a key in the table with ${DEVICES.toLocaleString('en')} devices loaded, to the next frame`, times.length, `${ms(at(times, 0.5))} (p50), ${ms(p95)} (p95)`, p95, BOUNDS.interactionMs);
  tell('of it in the code of the page', script.length, `${ms(at(script, 0.5))} (p50), ${ms(at(script, 0.95))} (p95)`, 0, 0);
  await context.close();
}
