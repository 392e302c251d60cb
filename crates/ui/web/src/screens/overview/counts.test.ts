import { afterEach, expect, it, vi } from 'vitest';
import { SEVERITIES } from '../../lib/severity';
import { alarmCounts, areNone } from './counts';

const answers = (status: number) =>
  vi.stubGlobal('fetch', async () =>
    new Response(JSON.stringify(status === 200 ? { statistics: { totalElements: 0 } } : { error: 'x', message: '' }), { status }),
  );
afterEach(() => vi.unstubAllGlobals());
const { signal } = new AbortController();

it('only what was counted and is nought is none', async () => {
  answers(200);
  expect(areNone((await alarmCounts(signal)).counts, SEVERITIES)).toBe(true);
  answers(403);
  const { counts: unknown, rates } = await alarmCounts(signal);
  expect(rates).toBeUndefined();
  expect([unknown.CRITICAL, areNone(unknown, SEVERITIES)]).toEqual([undefined, false]);
});

it('what could not be counted is an error', async () => {
  answers(500);
  await expect(alarmCounts(signal)).rejects.toMatchObject({ status: 500 });
});

it('the last hour is counted in tens of minutes that touch and do not overlap', async () => {
  answers(200);
  const { rates } = await alarmCounts(signal);
  expect(rates).toHaveLength(6);
  for (const [place, one] of (rates ?? []).entries()) {
    expect(one.to - one.from).toBe(599_999);
    const before = rates?.[place - 1];
    if (before) expect(one.from).toBe(before.to + 1);
  }
});
