// Measurements over time: the explorer and the tab of a device.
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { screen } from '../harness/screen.js';
import { passesGates } from '../harness/gates.js';
import { drawHalfAMillion } from '../harness/points.js';

const MINUTE = 60_000;

async function newSensor(api, name, count = 60) {
  const { id } = await api.post('/inventory/managedObjects', { name, type: 'demo_Sensor', c8y_IsDevice: {} });
  const now = Date.now();
  const measurements = Array.from({ length: count }, (_, at) => ({
    source: { id },
    type: 'demo_Oil',
    time: new Date(now - at * MINUTE).toISOString(),
    demo_Oil: { level: { value: at === 4 ? 99 : 40, unit: '%' }, heat: { value: 70 + at / 10, unit: '°C' } },
  }));
  await api.post('/measurement/measurements', { measurements });
  return id;
}

screen('series of a device are added, shown for the pixels that are there, and none of their peaks is lost', async ({ page, open, api }) => {
  const id = await newSensor(api, 'Gearbox A', 60);
  await open('/measurements');
  await page.getByText('No series is shown yet').waitFor();
  await page.getByRole('button', { name: 'Add series' }).click();
  await page.getByRole('combobox', { name: 'Device' }).fill('Gearbox A');
  await page.getByRole('option', { name: /Gearbox A/ }).click();
  await page.getByLabel('demo_Oil.level').check();
  await page.getByLabel('demo_Oil.heat').check();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('img', { name: /demo_Oil › heat, demo_Oil › level between/ }).waitFor();
  assert.match(page.url(), new RegExp(`s=${id}`), 'the series are in the address');
  await page.getByText('1 point = 2').waitFor();
  await page.getByText('120 values').waitFor();
  // The one high value is within a band, in the table as well as in what the platform answers.
  await page.getByRole('row', { name: /40 to 99/ }).waitFor();
  await page.getByRole('button', { name: /^demo_Oil › heat/ }).click();
  await page.getByRole('img', { name: /^demo_Oil › level between/ }).waitFor();
});

screen('the range is in the address; a drag across the chart marks a part of it, a double click leads out', async ({ page, open, api }) => {
  const id = await newSensor(api, 'Gearbox B', 120);
  await open(`/devices/${id}/measurements?r=6h`);
  const chart = page.locator('.chart .u-over').first();
  await chart.waitFor();
  const box = await chart.boundingBox();
  await page.mouse.move(box.x + box.width * 0.7, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 80, { steps: 5 });
  await page.mouse.move(box.x + box.width * 0.9, box.y + 80, { steps: 5 });
  await page.mouse.up();
  await page.waitForFunction(() => /from=.*&to=/.test(location.hash));
  const length = () => {
    const query = new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
    return Date.parse(query.get('to')) - Date.parse(query.get('from'));
  };
  const marked = length();
  assert.ok(marked > 55 * MINUTE && marked < 90 * MINUTE, `a fifth of six hours, not ${marked / MINUTE} minutes`);
  await page.locator('.chart .u-over').first().dblclick();
  await page.waitForFunction((before) => {
    const query = new URLSearchParams(location.hash.split('?')[1]);
    return Date.parse(query.get('to')) - Date.parse(query.get('from')) > before;
  }, marked);
});

screen('a measurement that arrives is drawn without a reload', async ({ page, open, api }) => {
  const id = await newSensor(api, 'Gearbox C', 3);
  await open(`/devices/${id}/measurements?r=15m&live=1`);
  await page.getByText('live', { exact: true }).waitFor();
  await api.post('/measurement/measurements', {
    source: { id },
    type: 'demo_Oil',
    time: new Date().toISOString(),
    demo_Oil: { level: { value: 12.75, unit: '%' } },
  });
  await page.getByRole('cell', { name: /12\.75/ }).or(page.getByRole('gridcell', { name: /12\.75/ })).first().waitFor();
});

screen('every value leaves as CSV and as NDJSON', async ({ page, open, api }) => {
  const id = await newSensor(api, 'Gearbox D', 40);
  await open(`/devices/${id}/measurements?r=6h&series=demo_Oil.level`);
  const save = async (name) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click().then(() => page.getByRole('menuitem', { name }).click()),
    ]);
    return (await text(await download.createReadStream())).trim().split(/\r?\n/);
  };
  const all = await save('Every value, as CSV');
  assert.equal(all.length, 41, 'a head and a line for each value');
  const lines = await save('Every measurement, as NDJSON');
  assert.deepEqual(lines.map((line) => JSON.parse(line).source.id), Array.from({ length: 40 }, () => id));
  const shown = await save('What is shown, as CSV');
  assert.match(shown[0], /^time,source,name,series,unit,min,mean,max,count$/);
  assert.ok(shown.slice(1).every((line) => line.includes('demo_Oil.level')));
});

screen('a time without values says so and offers a longer one (de)', { language: 'de' }, async ({ page, open, stage }) => {
  await open(`/devices/${stage.samples.device}/measurements?from=2020-01-01T00:00:00.000Z&to=2020-01-02T00:00:00.000Z`);
  await page.getByText('Keine Werte zwischen').waitFor();
  await passesGates(page);
  await page.getByRole('button', { name: 'Längeren Zeitraum ansehen' }).click();
  await page.waitForFunction(() => !location.hash.includes('from=2020-01-01T00'));
});

screen('half a million points are drawn in less than 150 ms', async ({ page, stage }) => {
  const times = await drawHalfAMillion(page, stage.samples.device);
  // The machine does other things too: the best counts.
  const best = Math.min(...times);
  console.log(`500,000 points drawn in ${Math.round(times[0])} ms at first, ${Math.round(best)} ms at best`);
  assert.ok(best < 150, `${times.map(Math.round)} ms`);
});

screen('alarms and events of the time are marked under the chart, and lead to their lists', async ({ page, open, api }) => {
  const id = await newSensor(api, 'Gearbox E', 30);
  const time = new Date(Date.now() - 10 * MINUTE).toISOString();
  await api.post('/alarm/alarms', { source: { id }, type: 'demo_Hot', text: 'Too hot', severity: 'MAJOR', status: 'ACTIVE', time });
  const before = { time: new Date(Date.now() - 300 * MINUTE).toISOString(), text: 'Long ago' };
  await api.post('/alarm/alarms', { source: { id }, type: 'demo_Cold', severity: 'MAJOR', status: 'ACTIVE', ...before });
  await api.post('/event/events', { source: { id }, type: 'demo_Oiled', text: 'Oiled', time });
  await open(`/devices/${id}/measurements?r=1h`);
  const marks = page.getByRole('img', { name: 'Alarms and events in this time: 1 alarm, 1 event' });
  await marks.waitFor();
  // Both stand under their time: one above the other.
  const [alarm, event] = await Promise.all(['path', 'circle'].map((one) => marks.locator(one).boundingBox()));
  const middle = (box) => box.x + box.width / 2;
  assert.ok(Math.abs(middle(alarm) - middle(event)) < 1.5, `${middle(alarm)} and ${middle(event)}`);
  await passesGates(page);
  // The list of exactly this one: not of what happened before, though it is active.
  await page.getByRole('link', { name: '1 alarm' }).click();
  await page.getByText('Too hot').first().waitFor();
  assert.match(decodeURIComponent(page.url()), new RegExp(`#/devices/${id}/alarms\\?q=.*since:.*until:`));
  assert.equal(await page.getByText('Long ago').count(), 0);
  await page.goBack();
  await page.getByRole('link', { name: '1 event' }).click();
  await page.getByText('Oiled').first().waitFor();
  assert.equal(await page.getByLabel('Time range').isDisabled(), true, 'the filter says the time');
  await passesGates(page);
});

screen('an alarm that is raised while the chart is live is marked and counted', async ({ page, open, api }) => {
  const id = await newSensor(api, 'Gearbox I', 5);
  await open(`/devices/${id}/measurements?r=15m&live=1`);
  await page.getByText('live', { exact: true }).waitFor();
  await page.getByRole('link', { name: '0 alarms' }).waitFor();
  await api.post('/alarm/alarms', { source: { id }, type: 'demo_Hot', text: 'Hot now', severity: 'MAJOR', status: 'ACTIVE', time: new Date().toISOString() });
  await page.getByRole('link', { name: '1 alarm', exact: false }).waitFor();
  await page.getByRole('img', { name: 'Alarms and events in this time: 1 alarm, 0 events' }).locator('path').waitFor();
});

screen('what a device has measured is compared with others, whose alarms and calls are told apart', async ({ page, open, api, context }) => {
  const [one, other] = [await newSensor(api, 'Gearbox J', 5), await newSensor(api, 'Gearbox K', 5)];
  await api.post('/alarm/alarms', { source: { id: other }, type: 'demo_Hot', text: 'Too hot', severity: 'MAJOR', status: 'ACTIVE', time: new Date().toISOString() });
  await open(`/devices/${one}/measurements?r=6h&series=demo_Oil.level`);
  await page.getByRole('link', { name: 'Compare with other devices' }).click();
  await page.waitForFunction(() => location.hash.startsWith('#/measurements?') && location.hash.includes('r=6h'));
  await page.getByRole('button', { name: 'Add series' }).click();
  await page.getByRole('combobox', { name: 'Device' }).fill('Gearbox K');
  await page.getByRole('option', { name: /Gearbox K/ }).click();
  await page.getByLabel('demo_Oil.level').check();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('img', { name: /Gearbox J · .*, Gearbox K · / }).waitFor();
  const counts = page.locator('p', { hasText: 'Gearbox J:' });
  await counts.getByRole('link').nth(2).waitFor();
  assert.deepEqual((await counts.getByRole('link').allInnerTexts()).map((text) => text.slice(2)), ['0 alarms', '0 events', '1 alarm', '0 events']);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy API call' }).click();
  await page.getByRole('menuitem', { name: /curl/ }).click();
  const copied = (await page.evaluate(() => navigator.clipboard.readText())).split('\n');
  assert.deepEqual(copied.map((line) => new URL(/https:[^']+/.exec(line)[0]).searchParams.get('source')), [one, other]);
  await passesGates(page);
});

screen('series that are too many for one chart are said to be there, and nothing of them is lost (de)', { language: 'de' }, async ({ page, open, api }) => {
  const id = await newSensor(api, 'Getriebe L', 3);
  await open('/measurements');
  await page.getByRole('button', { name: 'Messreihe hinzufügen' }).waitFor();
  const names = ['demo_Oil.level', ...Array.from({ length: 16 }, (_, at) => `demo_None.n${at}`)];
  await open(`/measurements?s=${names.map((name) => `${id}:${name}`).join(',')}&r=1h`);
  await page.getByText('16 von 17 Messreihen werden gezeigt').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Messreihe hinzufügen' }).isDisabled(), true);
  await passesGates(page);
  await page.getByRole('button', { name: 'demo_Oil › level entfernen' }).click();
  await page.getByText('16 von 17').waitFor({ state: 'detached' });
  await page.waitForFunction(() => decodeURIComponent(decodeURIComponent(location.hash)).includes('demo_None.n15'));
});

screen('what the explorer shows is kept as a view that others of the tenant can open', async ({ page, open, api }) => {
  const id = await newSensor(api, 'Gearbox F', 5);
  const name = `Oil ${Date.now()}`;
  await open(`/measurements?s=${id}:demo_Oil.level&r=6h`);
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Save this view' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Show it to everybody').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('View saved').waitFor();
  const { managedObjects } = await api.get('/inventory/managedObjects?type=holdfast_MeasurementView&pageSize=100');
  const saved = managedObjects.find((one) => one.name === name);
  assert.deepEqual([saved.holdfast_MeasurementView.s, saved.holdfast_MeasurementView.r, saved.c8y_Global], [`${id}:demo_Oil.level`, '6h', {}]);
  await open('/measurements');
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitemradio', { name }).click();
  await page.getByText('1 point = ').waitFor();
  assert.match(decodeURIComponent(page.url()), new RegExp(`s=${id}:demo_Oil.level`));
});

screen('how a line looks is chosen in the legend with the keyboard, kept in the address, and taken back', async ({ page, open, settled, api }) => {
  const id = await newSensor(api, 'Gearbox G', 30);
  const look = () => new URLSearchParams(new URL(page.url()).hash.split('?')[1]).get('look');
  await open(`/measurements?s=${id}:demo_Oil.level,${id}:demo_Oil.heat&r=1h`);
  const legend = page.getByRole('list', { name: 'Series of the chart' });
  const change = legend.getByRole('button', { name: 'Change how demo_Oil › level is drawn' });
  await change.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Change how demo_Oil › level is drawn' });
  await dialog.getByLabel('Label').fill('Oil, in the tank');
  await dialog.getByRole('radio', { name: 'Automatic' }).focus();
  for (let times = 0; times < 3; times += 1) await page.keyboard.press('ArrowRight');
  await dialog.getByRole('radio', { name: 'Blue', checked: true }).waitFor();
  await dialog.getByLabel('Drawn as').selectOption('Steps');
  await dialog.getByLabel('Axis', { exact: true }).selectOption('Right');
  await dialog.getByLabel('Axis from').fill('50');
  await dialog.getByLabel('Axis to').fill('10');
  await dialog.getByText('The axis must end above where it begins.').waitFor();
  await passesGates(page);
  await dialog.getByLabel('Axis from').fill('0');
  await dialog.getByLabel('Axis to').fill('120');
  await dialog.getByLabel('Axis to').press('Enter');
  // The label is that of the chart, its table and its legend; the address brings it back.
  await page.getByRole('img', { name: /^demo_Oil › heat, Oil, in the tank|^Oil, in the tank, demo_Oil › heat/ }).waitFor();
  for (const part of ['colour=2', 'style=step', 'side=right', 'least=0', 'greatest=120']) assert.ok(look().includes(part), `${part} in ${look()}`);
  await page.reload();
  await page.getByRole('img', { name: /Oil, in the tank/ }).waitFor();
  await settled();
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await legend.getByRole('button', { name: /^Oil, in the tank/ }).click();
  await page.getByRole('img', { name: /^demo_Oil › heat between/ }).waitFor();
  assert.deepEqual(asked.filter((path) => /^\/(measurement|alarm|event)\//.test(path)), [], 'nothing is read again for a look');
  assert.match(look(), /hidden=true/, 'what is not shown is in the address, too');
  await legend.getByRole('button', { name: /^Oil, in the tank/ }).click();
  for (const style of ['Bars', 'Points']) {
    await legend.getByRole('button', { name: 'Change how Oil, in the tank is drawn' }).click();
    await page.getByRole('dialog').getByLabel('Drawn as').selectOption(style);
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await passesGates(page);
  await legend.getByRole('button', { name: 'Reset all lines' }).click();
  await change.waitFor();
  assert.equal(look(), null);
});

screen('a series that is removed takes its look along', async ({ page, open, api }) => {
  const id = await newSensor(api, 'Gearbox H', 5);
  const look = encodeURIComponent(`${encodeURIComponent(`${id} demo_Oil.level`)}:style=bars,${encodeURIComponent(`${id} demo_Oil.heat`)}:style=points`);
  await open(`/measurements?s=${id}:demo_Oil.level,${id}:demo_Oil.heat&look=${look}`);
  await page.getByRole('button', { name: 'Remove demo_Oil › level' }).click();
  await page.waitForFunction(() => !location.hash.includes('bars') && location.hash.includes('points'));
});
