// Where things are: the map, and the way of a device.
import assert from 'node:assert/strict';
import { screen } from '../harness/screen.js';

const HOUR = 3_600_000;

async function newTruck(api, name, lat, lng) {
  const object = { name, type: 'demo_Truck', c8y_IsDevice: {}, c8y_Position: { lat, lng } };
  return (await api.post('/inventory/managedObjects', object)).id;
}

for (const kind of ['webgl', 'canvas']) {
  screen(`everything with a position is on the map, worst alarms first, and leads to its device (${kind})`, async ({ page, open, api }) => {
    const name = `Truck ${kind}`;
    const id = await newTruck(api, name, -33.9, 18.4);
    const alarm = { type: 'demo_Hot', text: 'Too hot', severity: 'MAJOR', time: new Date().toISOString(), source: { id } };
    await api.post('/alarm/alarms', alarm);
    await open(`/map?q=truck ${kind}${kind === 'canvas' ? '&map=canvas' : ''}`);
    const list = page.getByRole('region', { name: 'Positions in view' });
    await list.getByRole('link', { name }).waitFor();
    await list.getByText('major').waitFor();
    assert.equal(await page.locator(kind === 'canvas' ? 'canvas[role=application]' : '.maplibregl-canvas').count(), 1);
    // Drawn, not only there: the picture of the middle is not one colour.
    const picture = await page.locator('.frame').screenshot();
    assert.ok(picture.length > 3_000, `a picture of ${picture.length} bytes is empty`);
    await list.getByRole('link', { name }).click();
    await page.waitForFunction((own) => location.hash.startsWith(`#/devices/${own}/location`), id);
  });
}

screen('a thing that moves does so on the map while it is shown', async ({ page, open, api }) => {
  const id = await newTruck(api, 'Truck moving', 10, 10);
  await open('/map?q=truck moving&map=canvas');
  const list = page.getByRole('region', { name: 'Positions in view' });
  await list.getByRole('link', { name: 'Truck moving' }).waitFor();
  await page.getByText('live', { exact: true }).waitFor();
  await api.put(`/inventory/managedObjects/${id}`, { c8y_Position: { lat: -40, lng: 170 } });
  await page.getByText('0 of').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await list.getByRole('link', { name: 'Truck moving' }).waitFor();
});

screen('how many devices are seen without a position is said', async ({ page, open, api }) => {
  await newTruck(api, 'Truck with a place', 1, 1);
  await api.post('/inventory/managedObjects', { name: 'Nowhere', c8y_IsDevice: {} });
  await open('/map?map=canvas');
  await page.getByText(/^Shown is what you may read\. [\d,]+ devices? that you may see (is|are) missing here/).waitFor();
});

screen('the map works without WebGL and says so', async ({ page, open }) => {
  await page.addInitScript(() => {
    const own = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      return /webgl/.test(kind) ? null : own.call(this, kind, ...rest);
    };
  });
  await open('/map');
  await page.getByText('This browser has no WebGL2').waitFor();
  await page.locator('canvas[role=application]').waitFor();
});

screen('the way of a device is on a map with its distances, and can be played', async ({ page, open, api }) => {
  const id = await newTruck(api, 'Truck on its way', 50, 8);
  for (let at = 0; at < 4; at += 1) {
    const time = new Date(Date.now() - at * HOUR).toISOString();
    const event = { type: 'c8y_LocationUpdate', text: 'Position', time, source: { id }, c8y_Position: { lat: 50 - at, lng: 8 } };
    await api.post('/event/events', event);
  }
  await open(`/devices/${id}/location?map=canvas`);
  await page.getByText('4 positions').waitFor();
  await page.getByText('334 km in total').waitFor();
  await page.getByRole('gridcell', { name: '111 km/h' }).first().waitFor();
  await page.getByRole('slider', { name: 'Position along the track' }).fill('0');
  await page.getByRole('button', { name: 'Play' }).click();
  await page.waitForFunction(() => document.querySelector('input[type=range]').value === '3');
});

screen('a device without a position says how to tell one (de)', { language: 'de' }, async ({ page, open, api }) => {
  const { id } = await api.post('/inventory/managedObjects', { name: 'Ortlos', c8y_IsDevice: {} });
  await open(`/devices/${id}/location`);
  await page.getByText('hat noch keine Position gemeldet').waitFor();
});
