// Pages and resources against answers that come late or overlap. Runes need the `.svelte` in the name.
import { flushSync } from 'svelte';
import { expect, it } from 'vitest';
import { ApiError, watchers } from './api';
import { pages } from './pages.svelte';
import { resource } from './resource.svelte';

const settled = async () => {
  for (let turn = 0; turn < 5; turn += 1) {
    flushSync();
    await Promise.resolve();
  }
};

it('a row that the next page repeats, because others came before it, is there once', async () => {
  const all = [['3', '2'], ['2', '1']];
  let list!: ReturnType<typeof pages<{ id: string }>>;
  const end = $effect.root(() => {
    list = pages(async (page) => ({
      items: (all[page - 1] ?? []).map((id) => ({ id })),
      statistics: { currentPage: page, pageSize: 2, totalElements: 4 },
    }));
  });
  await settled();
  list.more();
  await settled();
  expect(list.value?.map((one) => one.id)).toEqual(['3', '2', '1']);
  end();
});

it('an answer that was asked for before a change does not take its place', async () => {
  const answers: ((value: string) => void)[] = [];
  let one!: ReturnType<typeof resource<string>>;
  const end = $effect.root(() => {
    one = resource(() => new Promise<string>((resolve) => answers.push(resolve)));
  });
  flushSync();
  one.set('changed');
  flushSync();
  answers[0]?.('old');
  await settled();
  expect(one.value).toBe('changed');
  answers[1]?.('newest');
  await settled();
  expect([one.value, one.loading]).toEqual(['newest', false]);
  end();
});

it('what could not be loaded without a connection is asked for again when it is back, and nothing else is', async () => {
  let there = false;
  let calls = 0;
  const load = async () => {
    calls += 1;
    if (!there) throw new ApiError(0, 'connection', '');
    return { items: [{ id: '1' }], statistics: { currentPage: 1, pageSize: 5, totalElements: 1 } };
  };
  let list!: ReturnType<typeof pages<{ id: string }>>;
  let one!: ReturnType<typeof resource<unknown>>;
  const end = $effect.root(() => {
    list = pages(load);
    one = resource(load);
  });
  await settled();
  expect([list.error?.offline, one.error?.offline]).toEqual([true, true]);
  watchers.unreachable();
  there = true;
  watchers.reached();
  await settled();
  expect([list.value?.length, list.error, one.error, calls]).toEqual([1, undefined, undefined, 4]);
  watchers.unreachable();
  watchers.reached();
  await settled();
  expect(calls).toBe(4);
  end();
});
