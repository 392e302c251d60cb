import { describe, expect, it } from 'vitest';
import { parseFilter, printFilter } from './filter';

describe('filters as text', () => {
  it('are split into fields, comparisons and values', () => {
    expect(parseFilter('status:offline fw<2.3 -type:a|b group:"Region Nord" truck')).toEqual([
      { field: 'status', by: ':', values: ['offline'], not: false },
      { field: 'fw', by: '<', values: ['2.3'], not: false },
      { field: 'type', by: ':', values: ['a', 'b'], not: true },
      { field: 'group', by: ':', values: ['Region Nord'], not: false },
      { field: '', by: ':', values: ['truck'], not: false },
    ]);
  });

  it('come back as they were', () => {
    for (const text of ['status:offline', '-type:a|"b c"', 'fw>=2.3 x', 'name:"a:b"', '"-minus"']) {
      expect(printFilter(parseFilter(text))).toBe(text);
    }
  });

  it('without a value are none', () => {
    for (const text of ['', '  ', 'status:', 'status:|', '""']) expect(parseFilter(text)).toEqual([]);
  });

  it('keep what is typed half', () => {
    expect(printFilter(parseFilter('name:"open end'))).toBe('name:"open end"');
  });
});
