// Notices devices that a list does not show yet although its reader may see them now: because a permission was given, no
// device has changed, and nothing is told. The list itself stays as it is until somebody asks.

import { total } from '../../lib/total';

const EVERY_MS = 15_000;
const SOON_MS = 1_000;

/** Counts again and again while the page is seen, and tells how many more there are than `shown`. `soon` counts without
    waiting for the next time, many wishes once; `end` ends it. */
export function noticeMore(
  query: () => string,
  shown: () => number | undefined,
  tell: (more: number) => void,
): { soon: () => void; end: () => void } {
  let wished: ReturnType<typeof setTimeout> | undefined;
  let abort: AbortController | undefined;
  async function count(): Promise<void> {
    const before = shown();
    if (document.visibilityState !== 'visible' || before === undefined) return;
    abort?.abort();
    abort = new AbortController();
    const { signal } = abort;
    const asked = query();
    try {
      const now = await total('/inventory/managedObjects', { query: asked, withChildren: false }, signal);
      const more = (now ?? 0) - before;
      if (!signal.aborted && more > 0 && asked === query() && before === shown()) tell(more);
    } catch {
      // The list itself says what is wrong with the connection.
    }
  }
  const timer = setInterval(() => void count(), EVERY_MS);
  return {
    soon: () => {
      wished ??= setTimeout(() => {
        wished = undefined;
        void count();
      }, SOON_MS);
    },
    end: () => {
      clearInterval(timer);
      clearTimeout(wished);
      abort?.abort();
    },
  };
}
