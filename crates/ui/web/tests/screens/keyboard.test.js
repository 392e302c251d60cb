// The keyboard alone, and eyes that want less movement, more contrast, or colours of their own.
import assert from 'node:assert/strict';
import { fits, isAccessible, passesGates } from '../harness/gates.js';
import { screen } from '../harness/screen.js';

/** What has the focus, as somebody would call it, and whether one can see that. */
const focused = (page) =>
  page.evaluate(() => {
    const one = document.activeElement;
    const style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    // Somewhere in it must be what is seen: the middle of what is not covered by the window's edge.
    const x = Math.min(Math.max(box.x + box.width / 2, 1), innerWidth - 1);
    const y = Math.min(Math.max(box.y + Math.min(box.height, 40) / 2, 1), innerHeight - 1);
    const top = document.elementFromPoint(x, y);
    return {
      tag: one.tagName,
      name: (one.getAttribute('aria-label') ?? one.textContent.trim() ?? '').slice(0, 40),
      isMarked: (style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2) || one.closest('.bar, .field')?.matches(':focus-within') === true,
      isSeen: box.width > 0 && box.height > 0 && (one === top || one.contains(top) || top?.contains(one) === true),
      inDialog: one.closest('[role="dialog"]') !== null,
      inMain: one.closest('main') !== null,
    };
  });

screen('with Tab alone one reaches everything of a list, sees where one is, and opens a device', async ({ page, open }) => {
  await open('/devices?q=name:Pump*');
  await page.keyboard.press('Tab');
  const first = await focused(page);
  assert.equal(first.name, 'Go to the content');
  assert.ok(first.isMarked && first.isSeen);
  const reached = [];
  for (let at = 0; at < 60; at += 1) {
    await page.keyboard.press('Tab');
    const one = await focused(page);
    if (one.tag === 'BODY') break;
    assert.ok(one.isMarked, `where the focus is cannot be seen: ${one.tag} ${one.name}`);
    assert.ok(one.isSeen, `what has the focus is covered: ${one.tag} ${one.name}`);
    reached.push(one.name);
    if (one.tag === 'TR') break;
  }
  for (const name of ['Holdfast', 'Search or command Ctrl K', 'Theme', 'Devices', 'Settings', 'Views', 'Register device', 'Name']) {
    assert.ok(reached.some((one) => one.startsWith(name)), `${name} is not reached: ${reached.join(' | ')}`);
  }
  // Rows: one stop, arrows between them, the space bar selects, Enter opens.
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await page.getByRole('region', { name: '1 selected' }).waitFor();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Pump 1', level: 1 }).waitFor();
});

screen('the skip link leads past the navigation', async ({ page, open }) => {
  await open('/devices');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.ok((await focused(page)).inMain);
});

screen('a dialog keeps the focus, closes with Escape, and gives it back', async ({ page, open, stage }) => {
  await open(`/devices/${stage.samples.devices[6]}/info`);
  const actions = page.getByRole('button', { name: 'Actions' });
  await actions.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'menuitem');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: /^Delete/ });
  await dialog.waitFor();
  await page.waitForFunction(() => document.activeElement.textContent.trim() === 'Cancel');
  // Enter on what has the focus cancels; nothing is deleted by it. Round and round, it stays in the dialog.
  for (const key of ['Tab', 'Shift+Tab']) {
    for (let at = 0; at < 8; at += 1) {
      await page.keyboard.press(key);
      const one = await focused(page);
      assert.ok(one.inDialog, `${key} leaves the dialog for ${one.tag} ${one.name}`);
      assert.ok(one.isMarked && one.isSeen, `the focus is not seen: ${one.tag} ${one.name}`);
    }
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal((await focused(page)).name, 'Actions');
});

screen('search opens with Ctrl K, is used with the keyboard, and gives the focus back', async ({ page, open }) => {
  await open('/alarms');
  const link = page.getByRole('link', { name: 'Users', exact: true });
  await link.focus();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal((await focused(page)).name, 'Users');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('Retention');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Retention', level: 1 }).waitFor();
});

for (const reducedMotion of ['reduce', 'no-preference']) screen(`on a narrow screen the menu is opened, used and closed with the keyboard (movement: ${reducedMotion})`, { width: 390 }, async ({ page, open }) => {
  await page.emulateMedia({ reducedMotion });
  await open('/devices');
  const menu = page.getByRole('button', { name: 'Menu', exact: true });
  const nav = page.getByRole('navigation', { name: 'Main navigation' });
  await nav.waitFor({ state: 'hidden' });
  await menu.focus();
  await page.keyboard.press('Enter');
  await nav.waitFor();
  assert.equal((await focused(page)).name, 'Overview', 'the focus goes into the menu');
  for (let at = 0; at < 30; at += 1) {
    await page.keyboard.press('Tab');
    const one = await focused(page);
    assert.ok(!one.inMain, `behind the menu, ${one.name} has the focus`);
  }
  await page.keyboard.press('Escape');
  await nav.waitFor({ state: 'hidden' });
  assert.equal((await focused(page)).name, 'Menu');
  await page.keyboard.press('Enter');
  await isAccessible(page);
  await fits(page);
  await nav.getByRole('link', { name: 'Alarms' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Alarms', level: 1 }).waitFor();
  await nav.waitFor({ state: 'hidden' });
});

screen('a menu says which of its choices is taken', async ({ page, open }) => {
  await open('/devices');
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('menuitemradio', { name: 'As the system', checked: true }).waitFor();
  assert.equal(await page.getByRole('menuitemradio', { checked: false }).count(), 4);
});

screen('a menu is used with the keyboard, lies within the window, and gives the focus back', { width: 390 }, async ({ page, open }) => {
  await open('/devices');
  const theme = page.getByRole('button', { name: 'Theme' });
  const menu = page.getByRole('menu', { name: 'Theme' });
  const current = async () => (await focused(page)).name;
  await theme.focus();
  await page.keyboard.press('ArrowDown');
  assert.equal(await current(), 'As the system');
  await page.keyboard.press('ArrowUp');
  assert.equal(await current(), 'As the system', 'it does not go round');
  await page.keyboard.press('End');
  assert.equal(await current(), 'Compact');
  await page.keyboard.press('d');
  assert.equal(await current(), 'Dark');
  const box = await menu.boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 390 && box.y >= 0, JSON.stringify(box));
  await isAccessible(page);
  await page.keyboard.press('Escape');
  await menu.waitFor({ state: 'detached' });
  assert.equal(await current(), 'Theme');
  // Who goes on with Tab, or presses elsewhere, leaves it.
  await page.keyboard.press('Enter');
  await menu.waitFor();
  await page.keyboard.press('Tab');
  await menu.waitFor({ state: 'detached' });
  assert.match(await current(), /^Account/);
  await theme.click();
  await menu.waitFor();
  await page.getByRole('heading', { name: 'Devices', level: 1 }).click();
  await menu.waitFor({ state: 'detached' });
  await theme.click();
  await page.getByRole('menuitemradio', { name: 'Dark' }).click();
  await menu.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  assert.equal(await current(), 'Theme');
});

screen('nothing moves for whoever wants that', { width: 390 }, async ({ page, open, stage }) => {
  const moving = () =>
    page.evaluate(() =>
      document
        .getAnimations()
        .filter((one) => one.playState === 'running')
        .map((one) => `${one.animationName ?? one.transitionProperty} of ${one.effect.target?.className}`),
    );
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const path of ['/', '/devices', '/alarms', `/devices/${stage.samples.device}/location`]) {
    await open(path);
    assert.deepEqual(await moving(), [], path);
  }
  await page.getByRole('button', { name: 'Menu', exact: true }).click();
  assert.deepEqual(await moving(), [], 'the menu');
  // What is on its way is said without movement, too.
  await page.keyboard.press('Escape');
  let go;
  const held = new Promise((done) => (go = done));
  await page.route(/\/user\/t100\/users\?/, async (route) => {
    await held;
    await route.fallback();
  });
  await page.evaluate(() => (location.hash = '#/users'));
  await page.locator('.skeleton.seen').first().waitFor();
  assert.deepEqual(await moving(), [], 'what is on its way');
  go();
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
});

screen('more contrast is given to whoever asks the system for it', async ({ page, open }) => {
  await page.emulateMedia({ contrast: 'more' });
  await open('/devices');
  assert.equal(await page.getAttribute('html', 'data-contrast'), 'more');
  const ink = await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--ink').trim());
  assert.match(ink, /^#0{3,6}$/);
  await passesGates(page);
  await page.emulateMedia({ contrast: 'no-preference' });
  await page.waitForFunction(() => document.documentElement.dataset.contrast === 'normal');
});

screen('with the colours of the system one still sees what is chosen, selected and focused', async ({ page, open }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await open('/devices?q=name:Pump*');
  const current = page.getByRole('link', { name: 'Devices', exact: true }).first();
  assert.notEqual(await current.evaluate((one) => getComputedStyle(one).outlineStyle), 'none');
  await page.getByRole('checkbox', { name: 'Select Pump 1' }).first().check();
  const row = page.getByRole('row', { selected: true }).first();
  assert.match(await row.getByRole('gridcell').nth(2).evaluate((one) => getComputedStyle(one).textDecorationLine), /underline/);
  await page.getByRole('button', { name: 'Theme' }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  const item = page.locator('[role^="menuitem"]:focus');
  assert.notEqual(await item.evaluate((one) => getComputedStyle(one).outlineStyle), 'none');
});
