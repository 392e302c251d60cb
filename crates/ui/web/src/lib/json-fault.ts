// Where a text stops being JSON. The browser's own parser often does not say.

const SPACE = /[ \t\n\r]*/y;
const WORD = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const DEPTH_MAX = 500;

/** The index of the first character that cannot be there; undefined if all is well. */
export function faultAt(text: string): number | undefined {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const sign = (wanted: string): boolean => {
    take(SPACE);
    if (text[at] !== wanted) return false;
    at += 1;
    take(SPACE);
    return true;
  };
  function list(end: string, member: () => boolean): boolean {
    if (sign(end)) return true;
    do {
      if (!member()) return false;
    } while (sign(','));
    return sign(end);
  }
  function value(depth: number): boolean {
    take(SPACE);
    if (depth > DEPTH_MAX) return false;
    if (sign('{')) return list('}', () => take(TEXT) && sign(':') && value(depth + 1));
    if (sign('[')) return list(']', () => value(depth + 1));
    return take(TEXT) || take(WORD);
  }
  const whole = value(0);
  take(SPACE);
  return whole && at === text.length ? undefined : at;
}
