// Lists on a telephone: a row is a card of two parts, and still a row.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { passesGates } from '../harness/gates.js';
import { screen } from '../harness/screen.js';

/** Where the cells of the first row that are seen stand: [name of the column, line, left half or right]. */
const cellsOf = (page) =>
  page.evaluate(() => {
    const row = document.querySelector('[role="grid"] tbody [role="row"]:not(.gap)');
    const { top, height, left, right } = row.getBoundingClientRect();
    return [...row.querySelectorAll('[role="gridcell"]')]
      .map((cell) => ({ box: cell.getBoundingClientRect(), name: cell.querySelector('.said, .name')?.textContent.replace(/:\s*$/, '') }))
      .filter(({ box }) => box.width > 0)
      .map(({ box, name }) => ({
        name,
        line: box.top + box.height / 2 < top + height / 2 ? 1 : 2,
        isInside: box.left >= left && box.right <= right + 1 && box.top >= top && box.bottom <= top + height + 1,
      }));
  });

describe('on a telephone', () => {
  for (const [path, lines] of [
    // None of them has sent anything: when they were last seen is left out.
    ['/devices', { Name: 1, Status: 1, Alarms: 2 }],
    ['/alarms', { What: 1, Severity: 1, State: 2, Device: 2, 'Last raised': 2 }],
    ['/operations', { 'What is asked': 1, State: 1, Device: 2, Made: 2 }],
    ['/users', { Name: 1, State: 1, Groups: 2 }],
    ['/audit', { Activity: 1, 'Server time': 2, User: 2 }],
  ]) {
    screen(`a row of ${path} is a card of two parts`, { width: 390 }, async ({ page, open }) => {
      await open(path);
      const cells = await cellsOf(page);
      for (const cell of cells) assert.ok(cell.isInside, `${cell.name} is outside of its card`);
      const found = Object.fromEntries(cells.map(({ name, line }) => [name, line]));
      for (const [name, line] of Object.entries(lines)) assert.equal(found[name], line, `${name}: ${JSON.stringify(found)}`);
      await passesGates(page);
    });
  }
});

screen('a card says nothing of a value that is not there', { width: 390 }, async ({ page, open, api }) => {
  const type = `bare_${Date.now()}`;
  await api.post('/inventory/managedObjects', { name: 'Bare', type, c8y_IsDevice: {} });
  await open(`/devices?q=type:${type}`);
  assert.deepEqual((await cellsOf(page)).map(({ name }) => name).sort(), ['Name', 'Status']);
  assert.equal(await page.getByRole('grid').getByText('–').filter({ visible: true }).count(), 0);
});

screen('cards of a long list are scrolled through with the keyboard, each where it belongs', { width: 390 }, async ({ page, open, api }) => {
  const type = `cards_${Date.now()}`;
  const names = Array.from({ length: 60 }, (_, at) => `Card ${String(at).padStart(2, '0')}`);
  for (const name of names) await api.post('/inventory/managedObjects', { name, type, c8y_IsDevice: {} });
  await open(`/devices?q=type:${type}`);
  const rows = page.getByRole('row');
  await rows.filter({ hasText: 'Card 00' }).focus();
  await page.keyboard.press('End');
  const last = rows.filter({ hasText: 'Card 59' });
  await last.waitFor();
  await page.waitForFunction(() => document.activeElement.textContent.includes('Card 59'));
  const { row, box } = await last.evaluate((one) => {
    const inside = one.closest('[role="grid"]').parentElement.getBoundingClientRect();
    const { top, bottom, height } = one.getBoundingClientRect();
    return { row: { top, bottom, height }, box: { top: inside.top, bottom: inside.bottom } };
  });
  assert.ok(row.top >= box.top - 1 && row.bottom <= box.bottom + 1, `the last card is in view: ${JSON.stringify({ row, box })}`);
  assert.equal(row.height, 64);
  assert.equal(await last.getAttribute('aria-rowindex'), '61');
  assert.ok((await rows.count()) < 40, 'only what is in view is made');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Card 59', level: 1 }).waitFor();
});

screen('on a telephone a list is sorted, too', { width: 390 }, async ({ page, open, api }) => {
  const type = `sorted_${Date.now()}`;
  for (const name of ['Alpha', 'Omega']) await api.post('/inventory/managedObjects', { name, type, c8y_IsDevice: {} });
  await open(`/devices?q=type:${type}`);
  const first = () => page.locator('[role="grid"] tbody [role="row"]').first();
  await first().filter({ hasText: 'Alpha' }).waitFor();
  await page.getByLabel('Sorted by').selectOption({ label: 'Name, downwards' });
  await first().filter({ hasText: 'Omega' }).waitFor();
  assert.match(page.url(), /sort=-name/);
});

screen('a finger has room: rows of 48 pixels, and cards that are higher', async ({ page, open, context }) => {
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setTouchEmulationEnabled', { enabled: true });
  await session.send('Emulation.setEmulatedMedia', { features: [{ name: 'pointer', value: 'coarse' }] });
  await open('/devices');
  const heights = () => page.evaluate(() => [...document.querySelectorAll('[role="grid"] tbody [role="row"]')].slice(0, 3).map((row) => row.getBoundingClientRect().height));
  if (!(await page.evaluate(() => matchMedia('(pointer: coarse)').matches))) throw new Error('this browser plays no finger');
  assert.deepEqual(await heights(), [48, 48, 48]);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.waitForFunction(() => document.querySelector('[role="grid"] tbody [role="row"]').getBoundingClientRect().height === 68);
});
