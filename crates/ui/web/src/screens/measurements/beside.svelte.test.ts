// Marks of alarms and events while a graph is live.
import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { realtime } from '../../lib/realtime';
import type { Resource } from '../../lib/resource.svelte';
import { beside } from './beside.svelte';
import type { Happenings } from './happenings';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function shown(live: boolean) {
  const asked: URL[] = [];
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(new URL(url, 'https://here'));
    return Promise.resolve(new Response(JSON.stringify({ alarms: [], events: [], statistics: { totalElements: 0 } })));
  });
  const followed = new Map<string, () => void>();
  vi.spyOn(realtime, 'keepUp').mockImplementation((channel, listener, missed) => {
    followed.set(channel, () => listener({ action: 'CREATE', data: {} }));
    missed();
    return () => followed.delete(channel);
  });
  const to = Date.now();
  const wish = $state({ sources: ['1', '2'], span: { from: to - 60_000, to }, live });
  let found!: Resource<Happenings>;
  const end = $effect.root(() => {
    found = beside(() => wish);
  });
  const after = async (ms: number) => {
    flushSync();
    await vi.advanceTimersByTimeAsync(ms);
    flushSync();
    await vi.advanceTimersByTimeAsync(0);
  };
  await after(2_000);
  asked.length = 0;
  return { asked, followed, found, wish, end, after, to };
}

it('an alarm that is raised is asked for, in a window that ends now', async () => {
  const { asked, followed, found, end, after, to } = await shown(true);
  expect([...followed.keys()]).toEqual(['/alarms/1', '/events/1', '/alarms/2', '/events/2']);
  followed.get('/alarms/2')?.();
  followed.get('/events/1')?.();
  await after(2_000);
  expect(asked).toHaveLength(4);
  const { span } = found.value!;
  expect([span.to > to, span.to - span.from]).toEqual([true, 60_000]);
  expect(asked[0]?.searchParams.get('dateTo')).toBe(new Date(span.to).toISOString());
  end();
  expect(followed.size).toBe(0);
});

it('nothing is followed for a time that is over', async () => {
  const { followed, found, wish, end, after } = await shown(false);
  expect([followed.size, found.value?.span]).toEqual([0, wish.span]);
  wish.live = true;
  await after(2_000);
  expect(followed.size).toBe(4);
  end();
});
