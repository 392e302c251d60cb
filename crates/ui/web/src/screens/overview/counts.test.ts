import { afterEach, expect, it, vi } from 'vitest';
import { ALARM_SEVERITIES, alarmCounts, areNone } from './counts';

const answers = (status: number) =>
  vi.stubGlobal('fetch', async () =>
    new Response(JSON.stringify(status === 200 ? { statistics: { totalElements: 0 } } : { error: 'x', message: '' }), { status }),
  );
afterEach(() => vi.unstubAllGlobals());
const { signal } = new AbortController();

it('only what was counted and is nought is none', async () => {
  answers(200);
  expect(areNone(await alarmCounts(signal), ALARM_SEVERITIES)).toBe(true);
  answers(403);
  const unknown = await alarmCounts(signal);
  expect([unknown.CRITICAL, areNone(unknown, ALARM_SEVERITIES)]).toEqual([undefined, false]);
});

it('what could not be counted is an error', async () => {
  answers(500);
  await expect(alarmCounts(signal)).rejects.toMatchObject({ status: 500 });
});
