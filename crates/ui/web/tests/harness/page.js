// A page of the console in the real browser, with everything collected that must not happen. It knows no test.
import { randomUUID } from 'node:crypto';
import { apiOf } from './api.js';
import { newPerson } from './data.js';
import { serveInstead } from './instead.js';
import { TENANT } from './program.js';

const SECONDS_MAX_OF_A_STEP = 20;
/** Asked at the start, to see who is signed in. */
const WHO_AM_I = /\/(user\/currentUser|tenant\/currentTenant)$/;

/** A page in a browser of its own, so to speak: no cookies, no storage but those of who is signed in. */
export async function newPage(browser, stage, options = {}) {
  const { as = 'admin', own, language = 'en', width = 1440, bypassCSP = false, byName = false, embedded = false } = options;
  const base = byName ? stage.base.replace('127.0.0.1', TENANT) : stage.base;
  const context = await browser.newContext({
    baseURL: base,
    ignoreHTTPSErrors: true, // the program's own authority; who may be trusted is tested where TLS is
    locale: language === 'de' ? 'de-DE' : 'en-GB',
    timezoneId: 'Europe/Berlin',
    viewport: { width, height: width < 600 ? 844 : 900 },
    reducedMotion: 'reduce',
    bypassCSP,
  });
  context.setDefaultTimeout(SECONDS_MAX_OF_A_STEP * 1_000);
  const faults = [];
  context.on('page', (page) => collect(page, base, faults));
  if (stage.dist && !embedded) await serveInstead(context, stage, base);
  const newcomer = (groups) => newPerson(apiOf(stage, stage.people.admin), `own-${randomUUID().slice(0, 8)}`, groups);
  const person = own ? await newcomer(own) : stage.people[as];
  if (person) await takeSession(context, stage, person, base);
  const page = await context.newPage();
  const settled = () => quiet(page);
  const open = async (path = '/') => {
    await page.goto(`/ui/#${path}`);
    await settled();
  };
  return { page, context, open, settled, faults, stage, base, person, newcomer, api: apiOf(stage, person) };
}

/** Cookies of the sessions of who is there for all tests: sign-ins of one person are bounded per minute. */
const sessions = new Map();
const SHARED = ['admin', 'reader', 'nobody', 'management'];

/** The cookies of a session become the context's. */
async function takeSession(context, stage, person, base) {
  const who = SHARED.find((name) => stage.people[name] === person);
  if (sessions.has(who)) await context.addCookies(sessions.get(who));
  // A test may have ended it.
  const isOpen = sessions.has(who) && (await context.request.get(`${stage.base}/user/currentUser`)).ok();
  if (!isOpen) await signIn(context, stage, person);
  const cookies = await context.cookies();
  if (who) sessions.set(who, cookies);
  if (base === stage.base) return;
  await context.clearCookies();
  await context.addCookies(cookies.map(({ name, value, httpOnly, sameSite }) => ({ name, value, httpOnly, sameSite, secure: true, url: base })));
}

/** Signs a person in as a page would. */
async function signIn(context, stage, person) {
  await context.clearCookies();
  // By address: only the browser has been told where the tenant's name is.
  const ask = () =>
    context.request.post(`${stage.base}/tenant/oauth?tenant_id=${person.tenant}`, {
      form: { grant_type: 'PASSWORD', username: person.user, password: person.password, tfa_code: 'undefined' },
    });
  let answer = await ask();
  // Many processes sign the same person in: it comes back when the platform says so.
  for (let more = 10; answer.status() === 429 && more > 0; more -= 1) {
    const seconds = Number(answer.headers()['retry-after'] ?? 1);
    await new Promise((done) => setTimeout(done, seconds * 1_000));
    answer = await ask();
  }
  if (answer.status() !== 200) throw new Error(`${person.user} could not sign in: ${answer.status()} ${await answer.text()}`);
}

/** Something is shown, nothing is loading any more, and no answer is missing. */
async function quiet(page) {
  await page.waitForLoadState('load');
  const isDone = () =>
    document.fonts.status === 'loaded' &&
    document.querySelector('#app')?.textContent.trim() &&
    !document.querySelector('[aria-busy="true"], .skeleton');
  const deadline = Date.now() + SECONDS_MAX_OF_A_STEP * 1_000;
  for (;;) {
    await page.waitForFunction(isDone);
    // What an answer brings is shown in the frame after it, and may ask for more in the one after that.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    if (awaited.get(page).size === 0 && (await page.evaluate(isDone))) return;
    if (Date.now() > deadline) {
      const urls = [...awaited.get(page)].map((request) => request.url());
      throw new Error(`${page.url()} does not come to rest: ${urls.join(', ') || 'something is busy'}`);
    }
  }
}

/** Requests of each page without an answer. One that waits for something to happen is not waited for. */
const awaited = new Map();
const IS_FOLLOWING = /\/notification\//;

function collect(page, base, faults) {
  const open = new Set();
  awaited.set(page, open);
  page.on('request', (request) => IS_FOLLOWING.test(request.url()) || open.add(request));
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => open.delete(request));
  page.on('console', (message) => {
    const url = message.location().url;
    const path = url.startsWith(base) ? new URL(url).pathname : url;
    if (/status of 401/.test(message.text()) && WHO_AM_I.test(path)) return;
    // The driver of a machine without a graphics card, about maps on WebGL: it is slow, and says so.
    if (/GL Driver Message .*GPU stall due to ReadPixels/.test(message.text())) return;
    faults.push(`${message.type()}: ${message.text()} (${path})`);
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.stack ?? error.message}`));
  page.on('dialog', (dialog) => {
    // Scripts that came in with somebody's data ask with this; the console itself never does.
    faults.push(`a dialog of the browser: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('crash', () => faults.push('the page has crashed'));
  page.on('request', (request) => {
    const url = new URL(request.url());
    const is_inner = ['data:', 'blob:'].includes(url.protocol);
    if (!is_inner && url.host !== new URL(base).host) faults.push(`request to another origin: ${request.url()}`);
  });
}
