// What devices send: measurements, events with files, alarms.

import test from 'node:test';
import { basic, c8y, equal, fresh, ok, refused } from './platform.mjs';

const { inventory, measurement, event, alarm, core } = basic();
const files = new c8y.EventBinaryService(core);

const device = async () => (await inventory.create({ name: fresh('device'), c8y_IsDevice: {} })).data;
const at = minute => `2026-03-01T12:${String(minute).padStart(2, '0')}:00.000Z`;

test('measurements are stored, listed and deleted', async () => {
  const source = await device();
  const sent = { sourceId: source.id, type: 'js_Air', time: at(0), js_Air: { T: { value: 20.5, unit: 'C' } } };
  const { data: made, res } = await measurement.create(sent);
  equal(res.status, 201);
  equal(made.js_Air, { T: { value: 20.5, unit: 'C' } });
  equal((await measurement.detail(made)).data.source.id, source.id);
  equal((await measurement.list({ source: source.id })).data.map(one => one.id), [made.id]);
  equal((await measurement.list({ source: source.id, valueFragmentType: 'js_Other' })).data, []);
  equal((await measurement.delete(made)).res.status, 204);
  await refused(404, measurement.detail(made));
});

test('series, what is supported, and files of measurements', async () => {
  const source = await device();
  for (const minute of [1, 2, 3]) {
    const js_Air = { T: { value: minute, unit: 'C' }, H: { value: 10 * minute } };
    await measurement.create({ sourceId: source.id, type: 'js_Air', time: at(minute), js_Air });
  }
  const span = { source: source.id, dateFrom: at(0), dateTo: at(59) };
  const { data: all } = await measurement.listSeries(span);
  equal(all.series.map(one => `${one.type}.${one.name}`), ['js_Air.H', 'js_Air.T']);
  equal(all.values[at(2)], [{ min: 20, max: 20 }, { min: 2, max: 2 }]);
  equal(all.truncated, false);
  const { data: some } = await measurement.listSeries({ ...span, series: ['js_Air.T'], aggregationType: 'HOURLY' });
  equal(some.values, { [at(0)]: [{ min: 1, max: 3 }] });
  const functions = { aggregationFunction: ['avg', 'count'], aggregationInterval: '1h' };
  const { data: averages } = await measurement.listSeries({ ...span, series: ['js_Air.T'], ...functions });
  equal(averages.values, { [at(0)]: [{ avg: 2, count: 3 }] });
  equal(await inventory.getSupportedMeasurements(source), ['js_Air']);
  equal(await inventory.getSupportedSeries(source), ['js_Air.H', 'js_Air.T']);
  equal((await inventory.getMeasurementsAndSeries(source))[0], { fragment: 'js_Air', series: 'H' });
  const csv = await measurement.getMeasurementsFile({ source: source.id }, { accept: 'text/csv' });
  equal((await csv.text()).trim().split('\n').length, 7);
});

test('events are stored, changed and deleted', async () => {
  const source = await device();
  const sent = { source: { id: source.id }, type: 'js_Door', text: 'opened', time: at(0), js_Door: { open: true } };
  const { data: made, res } = await event.create(sent);
  equal(res.status, 201);
  equal((await event.detail(made)).data.js_Door, { open: true });
  equal((await event.update({ id: made.id, text: 'closed' })).data.text, 'closed');
  equal((await event.list({ source: source.id, type: 'js_Door' })).data.map(one => one.text), ['closed']);
  equal((await event.list({ source: source.id, fragmentType: 'js_Window' })).data, []);
  await refused(422, event.create({ type: 'js_Door' }));
  equal((await event.delete(made)).res.status, 204);
  await refused(404, event.detail(made));
});

test('an event has one file', async () => {
  const source = await device();
  const sent = { source: { id: source.id }, type: 'js_Log', text: 'a log', time: at(0) };
  const { data: made } = await event.create(sent);
  const { data: file, res } = await files.upload(Buffer.from('line 1\nline 2\n'), made);
  equal([res.status, file.source], [201, made.id]);
  equal(await (await files.download(made)).text(), 'line 1\nline 2\n');
  ok('c8y_IsBinary' in (await event.detail(made)).data);
  await refused(409, files.upload(Buffer.from('another'), made));
  equal((await files.delete(made)).res.status, 204);
  await refused(404, files.download(made));
});

test('alarms are raised once, counted, changed and cleared', async () => {
  const source = await device();
  const sent = () => ({ source: { id: source.id }, type: 'js_Hot', text: 'hot', severity: 'MAJOR', time: at(0) });
  const { data: made, res } = await alarm.create(sent());
  equal([res.status, made.status, made.count], [201, 'ACTIVE', 1]);
  const { data: again } = await alarm.create(sent());
  equal([again.id, again.count], [made.id, 2]);
  equal((await alarm.count({ source: source.id })).data, 1);
  equal((await alarm.update({ id: made.id, severity: 'MINOR' })).data.severity, 'MINOR');
  equal((await alarm.list({ source: source.id, severity: 'MINOR' })).data.length, 1);
  equal((await inventory.detail(source)).data.c8y_ActiveAlarmsStatus.minor, 1);
  const bulk = await alarm.updateBulk({ status: 'CLEARED' }, { source: source.id, resolved: false });
  ok([200, 202].includes(bulk.status));
  equal((await alarm.detail(made)).data.status, 'CLEARED');
  await refused(404, alarm.detail('99999999'));
});
