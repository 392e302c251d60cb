// The rows of the device list against changes that happen while they are asked.
import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { pages, type OnePage, type Pages } from '../../lib/pages.svelte';
import { type Notification, realtime } from '../../lib/realtime';
import type { Device } from '../device/device';
import { keepUp } from './kept-up';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A list whose answers a test gives, what tells about its rows, and what it has asked for. */
function followed() {
  const answers: ((page: OnePage<Device>) => void)[] = [];
  let tell!: (told: Notification) => void;
  let begun!: () => void;
  vi.spyOn(realtime, 'keepUp').mockImplementation((_, listener, missed) => {
    [tell, begun] = [listener, missed];
    return () => {};
  });
  const appeared = vi.fn();
  let list!: Pages<Device>;
  const end = $effect.root(() => {
    list = pages(() => new Promise<OnePage<Device>>((resolve) => answers.push(resolve)));
    $effect(() => keepUp(list, { appeared, missed: list.reload }));
  });
  flushSync();
  return {
    list,
    answers,
    appeared,
    end,
    begun: () => begun(),
    tell: (action: Notification['action'], data: unknown) => tell({ action, data }),
    answer: async (...names: string[]) => {
      const items = names.map((name, at): Device => ({ id: String(at + 1), name, c8y_Availability: {} }));
      answers.at(-1)?.({ items, statistics: { currentPage: 1, pageSize: 5, totalElements: names.length } });
      await vi.advanceTimersByTimeAsync(0);
    },
    after: async (ms: number) => {
      await vi.advanceTimersByTimeAsync(ms);
      flushSync();
    },
    names: () => list.value?.map((one) => one.name),
  };
}

it('a change between the first answer and the beginning of the telling is asked for', async () => {
  const { answers, answer, begun, after, names, end } = followed();
  await answer('Pump', 'Fan');
  begun();
  await after(0);
  expect(answers).toHaveLength(2);
  await answer('Pump', 'Fan 2');
  expect(names()).toEqual(['Pump', 'Fan 2']);
  end();
});

it('rows that are on their way when the telling begins are shown before they are asked for again', async () => {
  const { answers, answer, begun, after, names, end } = followed();
  begun();
  await after(600);
  expect(answers).toHaveLength(1);
  await answer('Pump');
  expect(names()).toEqual(['Pump']);
  await after(300);
  expect(answers).toHaveLength(2);
  end();
});

it('what is told is shown a second later, in one go and in its place', async () => {
  const { list, answer, tell, after, names, end } = followed();
  await answer('Pump', 'Fan');
  const shown = vi.spyOn(list, 'set');
  tell('UPDATE', { id: '2', name: 'Fan 2' });
  tell('UPDATE', { id: '1', name: 'Pump 2' });
  tell('UPDATE', { id: '2', name: 'Fan 3' });
  tell('UPDATE', { id: '9', name: 'not among them' });
  await after(900);
  expect(names()).toEqual(['Pump', 'Fan']);
  await after(200);
  expect(names()).toEqual(['Pump 2', 'Fan 3']);
  await after(5_000);
  expect(shown).toHaveBeenCalledOnce();
  expect(list.value?.[0]?.c8y_Availability).toEqual({});
  end();
});

it('a change that is told while rows are on their way is not lost to an older answer', async () => {
  const { answer, tell, after, names, end } = followed();
  tell('UPDATE', { id: '1', name: 'after' });
  await after(1_500);
  await answer('before');
  await after(1_000);
  expect(names()).toEqual(['after']);
  end();
});

it('a new device is told of, and a new thing that is none is not', async () => {
  const { appeared, tell, end } = followed();
  tell('CREATE', { id: '5', c8y_IsDevice: {} });
  tell('CREATE', { id: '6' });
  tell('DELETE', '5');
  expect(appeared).toHaveBeenCalledOnce();
  end();
});

it('nothing is shown or asked for once the list is gone', async () => {
  const { answers, begun, tell, after, end } = followed();
  begun();
  tell('UPDATE', { id: '1', name: 'after' });
  end();
  await after(5_000);
  expect([answers.length, vi.getTimerCount()]).toEqual([1, 0]);
});
