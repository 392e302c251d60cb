// Spans, intervals and series of measurements.
import { describe, expect, it } from 'vitest';
import { ApiError } from '../api';
import { intervalFor, part, readSpan, shifted, wider, writeSpan } from './range';
import { csvOf, linesOf, onlySeries, readNames, readSeries, valuesOf, writeNames, type Ask, type SeriesAnswer } from './series';

const now = Date.parse('2026-11-22T12:00:00Z');
const never = new AbortController().signal;

describe('a span', () => {
  it('is the same after it was in the address', () => {
    for (const span of [{ from: now - 5000, to: now - 1000 }, readSpan(new URLSearchParams('r=7d'), now)]) {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(writeSpan(span))) if (value) query.set(name, value);
      expect(readSpan(query, now)).toEqual(span);
    }
  });

  it.each(['', 'r=9y', 'from=x&to=y', 'from=2026-11-22T12:00:00Z&to=2026-11-22T11:00:00Z'])(
    'is the last day if the address says nothing of use: %s',
    (text) => expect(readSpan(new URLSearchParams(text), now)).toMatchObject({ last: '24h', to: now }),
  );

  it('never reaches into the future', () => {
    const span = { from: now - 1000, to: now };
    expect(wider(span, now).to).toBe(now);
    expect(shifted(span, 1, now)).toEqual(span);
    expect(shifted(span, -1, now)).toEqual({ from: now - 1500, to: now - 500 });
  });

  it('that was marked backwards or with a twitch is still one', () => {
    expect(part(now, now - 60_000)).toEqual({ from: now - 60_000, to: now });
    expect(part(now, now).to - part(now, now).from).toBe(1000);
  });

  it('has no more points than pixels', () => {
    for (const [hours, pixels] of [[1, 800], [24, 800], [24 * 365, 300], [24 * 365 * 30, 1200], [0.01, 500]] as const) {
      const span = { from: now - hours * 3_600_000, to: now };
      const interval = intervalFor(span, pixels);
      if (interval > 0) expect((hours * 3600) / interval).toBeLessThanOrEqual(pixels);
    }
    expect(intervalFor({ from: now - 60_000, to: now }, 800)).toBe(0);
  });
});

describe('series', () => {
  const answer = (values: SeriesAnswer['values'], truncated = false): SeriesAnswer => ({
    values,
    truncated,
    series: [
      { unit: '°C', type: 'c8y_T', name: 'T' },
      { type: 'c8y_H', name: 'H' },
    ],
  });

  it('come by time with their units and counts, whatever order the answer has', async () => {
    const ask: Ask = async () =>
      answer({
        '2026-11-22T11:00:00.000Z': [{ min: 2, max: 4, avg: 3.0, count: 10 }, {}],
        '2026-11-22T10:00:00.000Z': [{ min: 1, max: 2, avg: 1.5, count: 5 }, { min: 50, max: 50, avg: 50, count: 1 }],
      });
    const span = { from: now - 7_200_000, to: now };
    const [t, h] = await readSeries('1', ['c8y_T.T', 'c8y_H.H'], span, 3600, never, ask);
    expect(t).toMatchObject({ unit: '°C', values: [1.5, 3], min: [1, 2], max: [2, 4], counts: [5, 10] });
    expect(h).toMatchObject({ unit: '', values: [50], counts: [1] });
  });

  it('are asked for in parts, none twice, when one answer would be cut off or too costly', async () => {
    const asked: [number, number][] = [];
    const ask: Ask = async ({ query }) => {
      const [from, to] = [Date.parse(query!.dateFrom as string), Date.parse(query!.dateTo as string)];
      if (to - from > 3_600_000 * 3) throw new ApiError(422, 'measurement/Invalid', 'too much');
      asked.push([from, to]);
      return answer({ [new Date(from).toISOString()]: [{ min: 1, max: 1, avg: 1, count: 1 }] }, to - from > 3_600_000 * 2);
    };
    const span = { from: now - 8 * 3_600_000, to: now };
    const [t] = await readSeries('1', ['c8y_T.T'], span, 60, never, ask);
    const whole = asked.filter(([from, to]) => to - from <= 3_600_000 * 2);
    expect(whole[0]![0]).toBe(span.from);
    expect(whole.at(-1)![1]).toBe(span.to);
    for (const [place, [from]] of whole.slice(1).entries()) expect(from).toBe(whole[place]![1] + 1);
    expect(t!.times.length).toBe(whole.length);
  });

  it('that are refused for another reason stay refused', async () => {
    const ask: Ask = async () => {
      throw new ApiError(403, 'security/Forbidden', 'no');
    };
    await expect(readSeries('1', ['a.b'], { from: now - 1000, to: now }, 0, never, ask)).rejects.toThrow('no');
  });

  it('of a live measurement are its numbers', () => {
    const sent = { time: 'x', source: { id: '1' }, c8y_T: { T: { value: 4.2, unit: '°C' }, note: { value: 'x' } }, extra: null };
    expect([...valuesOf(sent)]).toEqual([['c8y_T.T', 4.2]]);
  });

  it('are the same after they were in the address', () => {
    const names = [
      { source: '10200', name: 'c8y_T.T' },
      { source: '7', name: 'a,b:c.d e' },
    ];
    expect(readNames(writeNames(names))).toEqual(names);
    expect(readNames('x,:y.z,1:nodot,%:a.b')).toEqual([]);
  });

  it('leave an exported table alone with its head, however their names and those of devices are quoted', () => {
    const head = 'time,source,device_name,fragment.series,value,unit\n';
    const rows = (name: string, device = 'Pump') => [1, 2].map((at) => `t${at},7,${device},${name},${at},%\n`).join('');
    const table = head + rows('a.b') + rows('a.bc') + rows('"a.b,c ""x"""') + rows("'=a.b");
    expect(onlySeries(table, 'a.b')).toBe(head + rows('a.b'));
    expect(onlySeries(table, 'a.b,c "x"')).toBe(head + rows('"a.b,c ""x"""'));
    expect(onlySeries(table, '=a.b')).toBe(head + rows("'=a.b"));
    const hostile = '"Pump,a.bc,9\nt1,7,x,a.bc,9"';
    expect(onlySeries(head + rows('a.b', hostile), 'a.bc')).toBe(head);
    expect(onlySeries(head + rows('a.b', hostile), 'a.b')).toBe(head + rows('a.b', hostile));
    expect(onlySeries(head.trim(), 'a.b')).toBe(head.trim());
  });

  it('as lines of JSON keep every digit and every sign of a text', () => {
    const first = '{"id":"1","a":{"b":{"value":9007199254740993.10}},"tags":["}",{"c":"\\\\"}]}';
    const second = '{"id":"2","text":"[{\\"x\\":1}]\\n"}';
    const list = `{"self":"https://h/?a={[{","measurements":[${first}, ${second.replace(',', ',\n')}],"statistics":{"pageSize":5}}`;
    expect(linesOf(list)).toBe(`${first}\n${second}\n`);
    expect(linesOf('{"measurements":[],"statistics":{}}')).toBe('');
  });

  it('as CSV are no formulas', () => {
    const data = { series: { source: '1', name: 'a.b' }, unit: '%', times: [now / 1000], values: [2], min: [1], max: [3], counts: [7] };
    expect(csvOf([data], () => '=Pump')).toContain("2026-11-22T12:00:00.000Z,1,'=Pump,a.b,%,1,2,3,7");
  });
});
