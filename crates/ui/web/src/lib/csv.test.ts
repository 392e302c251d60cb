import { describe, expect, it } from 'vitest';
import { exactTable, readTable, spreadsheet } from './csv';

it('no cell of a spreadsheet is a formula, and no cell leaves its quotes', () => {
  expect(spreadsheet([['=1+1', -5, undefined, 'a "b", c', '-x', 'd;e']])).toBe(`'=1+1,-5,,"a ""b"", c",'-x,"d;e"\r\n`);
});

it('a file for the platform names devices as they are called', () => {
  expect(exactTable([['-SN;1', '@pump', '=x', 'a']])).toBe('"-SN;1";@pump;=x;a\r\n');
  expect(readTable(exactTable([['-SN-1', '=(x),y']])).rows).toEqual([['-SN-1', '=(x),y']]);
});

describe('a table', () => {
  it('is read with the separator that it has', () => {
    expect(readTable('ID;PATH\nSN-1;a,b\n')).toEqual({ separator: ';', rows: [['ID', 'PATH'], ['SN-1', 'a,b']] });
    expect(readTable('\uFEFFID\tTYPE\r\nSN-1\tx').rows).toEqual([['ID', 'TYPE'], ['SN-1', 'x']]);
    expect(readTable('ID,NAME\nSN-1,x').separator).toBe(',');
  });
  it('may have quotes, line ends in cells and empty lines', () => {
    expect(readTable('ID;NAME\n\nSN-1;"say ""hi"";\nthere"\n').rows).toEqual([['ID', 'NAME'], ['SN-1', 'say "hi";\nthere']]);
  });
  it('is written so that it reads the same', () => {
    expect(readTable(exactTable([['a;b', 'c"d']])).rows).toEqual([['a;b', 'c"d']]);
    expect(readTable(spreadsheet([['a,b', 'c"d']])).rows).toEqual([['a,b', 'c"d']]);
  });
});
