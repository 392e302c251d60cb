// A device's page against changes that happen while it is asked.
import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Notification, realtime } from '../../lib/realtime';
import { resource, type Resource } from '../../lib/resource.svelte';
import type { Device } from './device';
import { keepUp } from './kept-up';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A device whose answers a test gives, and what tells about it. */
function followed() {
  const answers: ((device: Device) => void)[] = [];
  let tell!: (told: Notification) => void;
  let begun!: () => void;
  vi.spyOn(realtime, 'keepUp').mockImplementation((_, listener, missed) => {
    [tell, begun] = [listener, missed];
    return () => {};
  });
  let device!: Resource<Device>;
  const end = $effect.root(() => {
    device = resource(() => new Promise<Device>((resolve) => answers.push(resolve)));
    $effect(() => keepUp('1', device));
  });
  flushSync();
  const answer = async (name: string) => {
    answers.at(-1)?.({ id: '1', name });
    await vi.advanceTimersByTimeAsync(0);
  };
  const later = async () => {
    await vi.advanceTimersByTimeAsync(2_000);
    flushSync();
  };
  return { device, answers, answer, later, begun: () => begun(), end, tell: (action: Notification['action'], data: unknown) => tell({ action, data }) };
}

it('a change between the first answer and the beginning of the telling is asked for', async () => {
  const { device, answers, answer, later, begun, end } = followed();
  await answer('before');
  begun();
  await later();
  expect(answers).toHaveLength(2);
  await answer('after');
  expect(device.value?.name).toBe('after');
  end();
});

it('a change that is told before the first answer is not lost to an older answer, which is shown first', async () => {
  const { device, answers, answer, later, tell, end } = followed();
  tell('UPDATE', { id: '1', name: 'after' });
  tell('UPDATE', { id: '1', name: 'after' });
  await answer('before');
  expect(device.value?.name).toBe('before');
  await later();
  expect(answers).toHaveLength(2);
  await answer('after');
  expect(device.value?.name).toBe('after');
  end();
});

it('what is told is shown at once, and a removed device is asked for', async () => {
  const { device, answers, answer, later, tell, end } = followed();
  await answer('before');
  tell('UPDATE', { id: '1', name: 'after' });
  await later();
  expect([device.value?.name, answers.length]).toEqual(['after', 1]);
  tell('DELETE', '1');
  flushSync();
  expect(answers).toHaveLength(2);
  end();
});

it('nothing is asked for once the page is gone', async () => {
  const { answers, answer, later, begun, end } = followed();
  await answer('before');
  begun();
  end();
  await later();
  expect(answers).toHaveLength(1);
});
