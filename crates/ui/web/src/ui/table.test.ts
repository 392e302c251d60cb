import { describe, expect, it } from 'vitest';
import { placed, sorted, sortOf, sortText, visible } from './table';

describe('a table', () => {
  it('makes only the rows in view and a few around', () => {
    expect(visible(0, 400, 40, 5000)).toEqual({ first: 0, last: 16 });
    expect(visible(4000, 400, 40, 5000)).toEqual({ first: 94, last: 116 });
    expect(visible(199_600, 400, 40, 5000)).toEqual({ first: 4984, last: 5000 });
  });

  it('that has become shorter shows its end', () => {
    const { first, last } = visible(4000, 400, 40, 3);
    expect(first).toBeLessThanOrEqual(last);
    expect(last).toBe(3);
  });

  it('is sorted up, down, and not', () => {
    const up = sorted(undefined, 'name');
    const down = sorted(up, 'name');
    expect([sortText(up), sortText(down), sortText(sorted(down, 'name'))]).toEqual(['name', '-name', '']);
    expect(sorted(up, 'type')).toEqual({ column: 'type', down: false });
    expect(sortOf('-name')).toEqual(down);
    expect(sortOf('')).toBeUndefined();
  });

  it('is cards on phones: a title, what stands beside it, and a line below', () => {
    const alarms = [
      { id: 'severity', title: 'Severity', width: '124px' },
      { id: 'text', title: 'Text' },
      { id: 'device', title: 'Device', priority: 2 as const },
      { id: 'type', title: 'Type', priority: 3 as const },
      { id: 'status', title: 'Status', card: 'line' as const },
    ];
    expect([...placed(alarms).values()]).toEqual(['side', 'title', 'line', 'none', 'line']);
    const records = [
      { id: 'time', title: 'Time', width: '180px', card: 'line' as const },
      { id: 'what', title: 'What' },
    ];
    expect([...placed(records).values()]).toEqual(['line', 'title']);
    expect([...placed([{ id: 'only', title: 'Only', priority: 2 as const, width: '9px' }]).values()]).toEqual(['title']);
  });
});
