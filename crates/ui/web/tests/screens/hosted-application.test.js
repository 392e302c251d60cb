// A hosted application is code of others on the console's own host. Whoever opens one is signed in beside it; here it tries
// what an attacker would.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';
import { zip } from '../harness/zip.js';

/** Runs in the application, and says for each attempt what came of it. */
const ATTACK = `
const outcome = {};
async function attempt(name, what) {
  try {
    outcome[name] = String(await what());
  } catch (error) {
    outcome[name] = 'refused: ' + error.name;
  }
}
const loads = (element) => new Promise((resolve, reject) => {
  element.onload = () => resolve('loaded');
  element.onerror = () => reject(new Error('not loaded'));
  document.head.append(element);
});
const make = (tag, values) => Object.assign(document.createElement(tag), values);
await attempt('cookies', () => document.cookie || 'none');
await attempt('storage', () => localStorage.length);
await attempt('who am I', async () => (await fetch('/user/currentUser', { credentials: 'include' })).status);
await attempt('what the console is', async () => (await (await fetch('/ui/')).text()).length);
await attempt('a change', async () => (await fetch('/inventory/managedObjects', {
  method: 'POST', mode: 'no-cors', credentials: 'include', body: JSON.stringify({ name: 'made by an application' }),
})).type);
await attempt('a script of the console', () => loads(make('script', { src: SCRIPT })));
await attempt('a worker that stays', async () => (await navigator.serviceWorker.register('main.js')).scope);
const frame = make('iframe', { src: '/ui/' });
document.body.append(frame);
await attempt('the console in a frame', async () => {
  await new Promise((resolve) => frame.onload = resolve);
  return frame.contentDocument?.title ?? 'cannot be read';
});
document.querySelector('button').onclick = () => window.open('/ui/#/devices');
document.body.dataset.outcome = JSON.stringify(outcome);
`;

async function host(api, script) {
  const path = `attack-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;
  const made = await api.post('/application/applications', { name: path, key: path, type: 'HOSTED', contextPath: path });
  const form = new FormData();
  const files = {
    'index.html': '<!doctype html><title>app</title><body><button>Open</button><script type="module" src="main.js"></script></body>',
    'main.js': `const SCRIPT = ${JSON.stringify(script)};\n${ATTACK}`,
    'theme.css': 'body { color: red }',
    'other.js': 'export const value = 1;',
  };
  form.append('file', new Blob([zip(files)], { type: 'application/zip' }), 'app.zip');
  await api.post(`/application/applications/${made.id}/binaries`, form);
  return path;
}

const scriptOf = (page) => page.evaluate(() => document.querySelector('script[src]')?.getAttribute('src'));

screen(
  'an application gets nothing of whoever is signed in',
  // What its attempts leave in its own console.
  { byName: true, embedded: true, expects: [/^error: $/, /\/apps\//, /chrome-error/, /\(\)$/, /status of 401/, /blocked|violat|refused|denied|ERR_|sandbox/i] },
  async ({ page, open, api, context, base }) => {
    await open('/');
    const path = await host(api, await scriptOf(page));
    const app = await context.newPage();
    await app.goto(`/apps/${path}/`);
    await app.waitForFunction(() => document.body.dataset.outcome);
    const outcome = JSON.parse(await app.evaluate(() => document.body.dataset.outcome));
    assert.deepEqual(outcome, {
      cookies: 'refused: SecurityError',
      storage: 'refused: SecurityError',
      'who am I': 'refused: TypeError',
      'what the console is': 'refused: TypeError',
      // It is sent, without the session.
      'a change': 'opaque',
      'a script of the console': 'refused: Error',
      'a worker that stays': outcome['a worker that stays'],
      'the console in a frame': 'cannot be read',
    });
    assert.match(outcome['a worker that stays'], /^refused: /);
    const query = encodeURIComponent("$filter=name eq 'made by an application'");
    assert.deepEqual((await api.get(`/inventory/managedObjects?query=${query}`)).managedObjects, []);
    // In a frame it is an error of the browser.
    assert.ok(app.frames().slice(1).every((frame) => !frame.url().startsWith(base)), 'no frame shows the console');
    // A window that it opens is in its sandbox, and there is no console in a sandbox.
    const [popup] = await Promise.all([context.waitForEvent('page'), app.getByRole('button', { name: 'Open' }).click()]);
    await popup.waitForLoadState().catch(() => undefined);
    assert.equal(await popup.locator('#app').count(), 0, 'no window in the sandbox shows the console');
  },
);

screen(
  'the console runs and wears nothing of an application',
  { byName: true, expects: [/Content Security Policy|violates|action has been blocked|Failed to fetch|ERR_BLOCKED_BY_CSP/i] },
  async ({ page, open, api }) => {
    await open('/');
    const path = await host(api, await scriptOf(page));
    const outcome = await page.evaluate(async (folder) => {
      const tried = {};
      const settled = (promise) => promise.then(() => 'done', (error) => error.name);
      tried.import = await settled(import(`${folder}/other.js`));
      tried.style = await new Promise((resolve) => {
        const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: `${folder}/theme.css` });
        link.onload = () => resolve('done');
        link.onerror = () => resolve('refused');
        document.head.append(link);
      });
      for (const [name, act] of Object.entries({
        script: () => (document.createElement('script').src = `${folder}/other.js`),
        markup: () => (document.createElement('div').innerHTML = '<b>x</b>'),
        worker: () => new Worker(`${folder}/other.js`),
      })) {
        try {
          act();
          tried[name] = 'done';
        } catch (error) {
          tried[name] = error.name;
        }
      }
      return tried;
    }, `/apps/${path}`);
    assert.deepEqual(outcome, {
      import: 'TypeError',
      style: 'refused',
      script: 'TypeError',
      markup: 'TypeError',
      worker: 'TypeError',
    });
  },
);

// Where the policy has no words for the host, and in browsers that know none, the program itself refuses.
screen(
  'without any policy the program still gives the console no code of an application',
  { byName: true, bypassCSP: true, expects: [/status of 403/] },
  async ({ page, open, api }) => {
    await open('/');
    const path = await host(api, await scriptOf(page));
    for (const file of ['other.js', 'main.js']) {
      const loaded = await page.evaluate((url) => import(url).then(() => 'done', (error) => error.name), `/apps/${path}/${file}`);
      assert.equal(loaded, 'TypeError', file);
    }
  },
);
