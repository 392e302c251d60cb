import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../ui/filter';
import { density, type Event, isAsked, isRange, question } from './events';

const NOW = Date.parse('2026-03-02T12:00:00Z');

describe('the question of a filter', () => {
  it('goes back as far as the range says', () => {
    expect(question([], 'day', NOW).query).toEqual({ dateFrom: '2026-03-01T12:00:00.000Z' });
    expect(question([], 'all', NOW).query).toEqual({});
  });
  it('asks for type, fragment and device', () => {
    const asked = question(parseFilter('type:door has:c8y_Position device:7'), 'all', NOW);
    expect(asked).toEqual({ query: { type: 'door', fragmentType: 'c8y_Position', source: '7' }, unknown: [], isTimed: false });
  });
  it('stays within the times of the filter, whatever the range is', () => {
    const { query, isTimed } = question(parseFilter('until:2025-01-01T00:00:00Z'), 'hour', NOW);
    expect([query, isTimed]).toEqual([{ dateTo: '2025-01-01T00:00:00.000Z' }, true]);
  });
  it('names what cannot be asked for', () => {
    const { unknown } = question(parseFilter('type:a|b -device:1 word'), 'all', NOW);
    expect(unknown.map((one) => one.field)).toEqual(['type', 'device', '']);
  });
  it('takes no range from an address that there is not', () => {
    expect([isRange('week'), isRange('toString'), isRange(null)]).toEqual([true, false, false]);
  });
});

describe('the density of events', () => {
  it('counts each one once', () => {
    expect(density([0, 1, 9, 10], 2).counts).toEqual([2, 2]);
  });
  it('is there for one event, and for none', () => {
    expect(density([5], 3).counts).toEqual([1, 0, 0]);
    expect(density([], 3).counts).toEqual([0, 0, 0]);
  });
});

describe('an event that is told', () => {
  it('is counted as new only if the filter asks for it', () => {
    const event: Event = { id: '1', source: { id: '7' }, type: 'a', text: '', time: '2026-03-02T11:59:00Z', creationTime: '', c8y_Position: {} };
    const asked = (text: string) => question(parseFilter(text), 'hour', NOW).query;
    expect(isAsked(asked('type:a device:7 has:c8y_Position'), event)).toBe(true);
    expect(isAsked(asked('type:b'), event)).toBe(false);
    expect(isAsked(asked('device:8'), event)).toBe(false);
    expect(isAsked(asked('has:c8y_Other'), event)).toBe(false);
    expect(isAsked(asked(''), { ...event, time: '2026-03-02T09:00:00Z' })).toBe(false);
  });
});
