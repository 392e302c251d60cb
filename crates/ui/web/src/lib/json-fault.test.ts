import { describe, expect, it } from 'vitest';
import { faultAt } from './json-fault';

describe('where a text stops being JSON', () => {
  it('is nowhere in JSON', () => {
    for (const text of ['{}', '[]', ' {"a":[1,-2.5e3,true,null,"x\\u00e9\\n"],"b":{"c":{}}} ', '"x"', '0']) {
      expect(faultAt(text), text).toBeUndefined();
    }
  });

  it('is the first character that cannot be there', () => {
    const faults: [string, number][] = [
      ['', 0],
      ['{"a": oops}', 6],
      ['{"a":1,}', 7],
      ['[1 2]', 3],
      ['{"a" 1}', 5],
      ['{"a":1} x', 8],
      ['{"a":"b\nc"}', 5],
      ['[01]', 2],
      ["{'a':1}", 1],
    ];
    for (const [text, at] of faults) expect(faultAt(text), text).toBe(at);
  });

  it('agrees with the browser', () => {
    for (const text of ['{"a":1}', '{"a":}', '[,]', '[1,]', '-', '"\\x"', '1.', '[[[]]', '{"a":{"b":[]}}']) {
      const fine = (() => {
        try {
          JSON.parse(text);
          return true;
        } catch {
          return false;
        }
      })();
      expect(faultAt(text) === undefined, text).toBe(fine);
    }
  });
});
