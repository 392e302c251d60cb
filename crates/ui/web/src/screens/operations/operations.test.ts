import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../ui/filter';
import { fragmentOf, formOf, isAsked, kinds, type Filled, type Operation, question } from './operations';

const asked = (text: string, device?: string) => question(parseFilter(text), device);
const filled: Filled = {
  text: 'uptime',
  file: 'syslog',
  search: '',
  lines: 100,
  from: '2026-03-01T10:00:00Z',
  to: '2026-03-01T12:00:00Z',
  json: '{"a": 1}',
};

describe('the question of a filter', () => {
  it('asks for the latest first, by state and kind', () => {
    expect(asked('status:failed kind:c8y_Restart').query).toEqual({
      revert: true,
      status: 'FAILED',
      fragmentType: 'c8y_Restart',
    });
  });
  it('stays with the device whose tab it is', () => {
    expect(asked('device:9', '7')).toMatchObject({ query: { deviceId: '7' }, unknown: [{ field: 'device' }] });
  });
  it('names what cannot be asked for', () => {
    expect(asked('status:failed|pending -kind:x word').unknown.map((one) => one.field)).toEqual(['status', 'kind', '']);
  });
});

describe('what a device is asked to do', () => {
  it('is named by its fragments only', () => {
    const operation = { id: '1', deviceId: '2', status: 'PENDING', creationTime: '', c8y_Restart: {}, delivery: {} };
    expect(kinds(operation as unknown as Operation)).toEqual(['c8y_Restart']);
  });
  it('is made by the form of its kind', () => {
    expect(fragmentOf('c8y_Restart', filled)).toEqual({});
    expect(fragmentOf('c8y_Command', filled)).toEqual({ text: 'uptime' });
    expect(fragmentOf('c8y_LogfileRequest', filled)).toMatchObject({ logFile: 'syslog', maximumLines: 100 });
    expect(fragmentOf('c8y_UploadConfigFile', filled)).toEqual({ type: 'syslog' });
  });
  it('is written as JSON when there is no form for it', () => {
    expect(formOf('acme_Blink')).toBe('json');
    expect(fragmentOf('acme_Blink', filled)).toEqual({ a: 1 });
    expect(() => fragmentOf('acme_Blink', { ...filled, json: '{' })).toThrow(SyntaxError);
  });
});

describe('an operation that is told', () => {
  it('is counted as new only if the filter asks for it', () => {
    const one: Operation = { id: '1', deviceId: '7', status: 'PENDING', creationTime: '', bulkOperationId: 3, c8y_Restart: {} };
    expect(isAsked(asked('status:pending kind:c8y_Restart bulk:3', '7').query, one)).toBe(true);
    expect(isAsked(asked('status:failed').query, one)).toBe(false);
    expect(isAsked(asked('kind:c8y_Command').query, one)).toBe(false);
    expect(isAsked(asked('', '8').query, one)).toBe(false);
  });
});
