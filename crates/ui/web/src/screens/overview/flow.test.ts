import { describe, expect, it } from 'vitest';
import { ceiling, minutes, rate, reasons, type Flow } from './flow';

const flow: Flow = {
  since: '2026-11-22T00:00:00Z',
  until: '2026-11-22T01:00:35Z',
  intervalSeconds: 10,
  intervals: [
    { time: '2026-11-21T23:00:00Z', received: { MQTT: { event: 99 } }, rejected: {} },
    { time: '2026-11-22T00:59:50Z', received: { MQTT: { measurement: 6 }, HTTP: { event: 1 } }, rejected: { limit: 2 } },
    { time: '2026-11-22T01:00:00Z', received: { MQTT: { measurement: 20, event: 10 } }, rejected: { signIn: 3 } },
    { time: '2026-11-22T01:00:30Z', received: { MQTT: { measurement: 7 } }, rejected: {} },
  ],
};

describe('the data flow', () => {
  it('has sixty minutes, and each message in its own', () => {
    const all = minutes(flow, 'protocol');
    expect(all).toHaveLength(60);
    expect(all.at(-1)).toEqual({ time: Date.UTC(2026, 10, 22, 1), parts: { MQTT: 37 }, accepted: 37, rejected: 3 });
    expect(all.at(-2)).toMatchObject({ parts: { MQTT: 6, HTTP: 1 }, rejected: 2 });
    expect(all.reduce((sum, one) => sum + one.accepted, 0)).toBe(44);
  });

  it('can be split by kind', () => {
    expect(minutes(flow, 'kind').at(-1)?.parts).toEqual({ measurement: 27, event: 10 });
  });

  it('now is that of the last intervals that are over', () => {
    expect(rate(flow)).toEqual({ accepted: 1, rejected: 0.1 });
  });

  it('tells why what was turned away', () => {
    expect(reasons(flow)).toEqual({ limit: 2, signIn: 3 });
  });

  it('is drawn up to a round number', () => {
    expect([0, 5, 6, 14, 21, 51, 100, 101].map(ceiling)).toEqual([5, 5, 10, 20, 50, 100, 100, 200]);
  });
});
