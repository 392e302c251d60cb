import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../ui/filter';
import { type Alarm, fragments, isAsked, question } from './alarms';

const asked = (text: string, source?: string) => question(parseFilter(text), source);
const alarm = (id: string, more: Partial<Alarm> = {}): Alarm => ({
  id,
  source: { id: '1' },
  type: 't',
  text: 'x',
  severity: 'MAJOR',
  status: 'ACTIVE',
  count: 1,
  time: '2026-03-01T12:00:00Z',
  creationTime: '2026-03-01T12:00:00Z',
  ...more,
});

describe('the question of a filter', () => {
  it('leaves cleared alarms out unless a state is asked for', () => {
    expect(asked('').query).toEqual({ resolved: false });
    expect(asked('status:cleared').query).toEqual({ status: 'CLEARED' });
  });
  it('takes several values, and all the others when it says not', () => {
    expect(asked('severity:critical|major').query).toMatchObject({ severity: 'CRITICAL,MAJOR' });
    expect(asked('-severity:warning').query).toMatchObject({ severity: 'CRITICAL,MAJOR,MINOR' });
  });
  it('asks for nothing when nothing can match', () => {
    expect(asked('status:active -status:active').query).toEqual({ source: '0' });
  });
  it('stays with the device whose tab it is', () => {
    expect(asked('device:99', '7').query).toMatchObject({ source: '7' });
  });
  it('stays within the times that are asked for', () => {
    const { query, unknown } = asked('since:2026-03-01T10:00:00Z until:2026-03-01T14:00:00Z since:soon');
    expect(query).toEqual({ resolved: false, dateFrom: '2026-03-01T10:00:00.000Z', dateTo: '2026-03-01T14:00:00.000Z' });
    expect(unknown.map((one) => one.field)).toEqual(['since']);
    expect([isAsked(query, alarm('1')), isAsked(query, alarm('1', { time: '2026-03-01T14:00:01Z' }))]).toEqual([true, false]);
  });
  it('names what it cannot ask for instead of leaving it out silently', () => {
    const { unknown } = asked('fan -type:x device:1|2');
    expect(unknown.map((one) => one.field)).toEqual(['', 'type', 'device']);
  });
});

it('shows only the fragments as details', () => {
  expect(fragments(alarm('1', { acme_Fan: { speed: 3 } }))).toEqual({ acme_Fan: { speed: 3 } });
});

describe('an alarm that is told', () => {
  it('is counted as new only if the filter asks for it', () => {
    const { query } = asked('severity:major type:acme_Hot');
    expect(isAsked(query, alarm('1', { severity: 'MAJOR', type: 'acme_Hot', status: 'ACTIVE' }))).toBe(true);
    expect(isAsked(query, alarm('1', { severity: 'MINOR', type: 'acme_Hot', status: 'ACTIVE' }))).toBe(false);
    expect(isAsked(query, alarm('1', { severity: 'MAJOR', type: 'acme_Wet', status: 'ACTIVE' }))).toBe(false);
    expect(isAsked(asked('').query, alarm('1', { status: 'CLEARED' }))).toBe(false);
    expect(isAsked(asked('', '7').query, alarm('1', { status: 'ACTIVE' }))).toBe(false);
  });
});
