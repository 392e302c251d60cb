// The overview against what happens while it counts.
import { render } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Notification, realtime } from '../../lib/realtime';
import Overview from './Overview.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** How often each list has been counted since, and what tells that something happened, by channel. */
async function shown() {
  const counted = new Map<string, number>();
  vi.stubGlobal('fetch', (url: string) => {
    const list = new URL(url, 'https://here').pathname;
    counted.set(list, (counted.get(list) ?? 0) + 1);
    return Promise.resolve(new Response(JSON.stringify({ managedObjects: [], statistics: { totalElements: 1 } })));
  });
  const followed = new Map<string, { tell: (told: Notification) => void; begun: () => void }>();
  vi.spyOn(realtime, 'keepUp').mockImplementation((channel, tell, begun) => {
    followed.set(channel, { tell, begun });
    return () => {};
  });
  const { unmount } = render(Overview);
  await vi.advanceTimersByTimeAsync(100);
  counted.clear();
  return { counted, followed, unmount };
}

it.each([
  ['/alarms/*', '/alarm/alarms'],
  ['/operations/*', '/devicecontrol/operations'],
])('what happens at %s between the first count and the beginning of the telling is counted', async (channel, list) => {
  const { counted, followed } = await shown();
  followed.get(channel)?.begun();
  await vi.advanceTimersByTimeAsync(2_000);
  expect([...counted.keys()]).toEqual([list]);
});

it('many things that are told at once are counted once', async () => {
  const { counted, followed, unmount } = await shown();
  const { tell, begun } = followed.get('/operations/*')!;
  begun();
  for (let at = 0; at < 50; at += 1) tell({ action: 'CREATE', data: { id: String(at) } });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(counted.get('/devicecontrol/operations')).toBe(3);
  tell({ action: 'UPDATE', data: { id: '1' } });
  unmount();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(counted.get('/devicecontrol/operations')).toBe(3);
});
