// Lists of what happens: what is told of their rows, and what is new.
import { flushSync } from 'svelte';
import { afterEach, expect, it, vi } from 'vitest';
import * as api from './api';
import { endOf, Listed } from './listed.svelte';
import { type Notification, realtime } from './realtime';

interface One {
  id: string;
  status?: string;
  time: string;
}
const one = (id: string, more: Partial<One> = {}): One => ({ id, time: '2026-03-02T12:00:00.123Z', ...more });

const settled = async () => {
  for (let turn = 0; turn < 5; turn += 1) {
    flushSync();
    await Promise.resolve();
  }
};

/** What is asked for. */
const wanted = $state({ status: 'NEW' });

/** A list of these rows, what tells it something, and what it has asked for. */
async function made(rows: One[]) {
  const asked: Record<string, unknown>[] = [];
  vi.spyOn(api, 'get').mockImplementation(async (_, { query = {} } = {}) => {
    asked.push(query);
    return { things: rows, statistics: { currentPage: 1, pageSize: 2, totalElements: 9 } };
  });
  let tell!: (told: Notification) => void;
  vi.spyOn(realtime, 'keepUp').mockImplementation((_, listener) => {
    tell = listener;
    return () => {};
  });
  let list!: Listed<One>;
  const end = $effect.root(() => {
    list = new Listed<One>({
      path: '/things',
      name: 'things',
      pageSize: 2,
      query: () => ({ ...wanted }),
      channel: () => '/things/*',
      isAsked: (query, { status }) => status === query.status,
      read: () => {},
      time: ({ time }) => time,
    });
  });
  await settled();
  return { list, end, tell: (action: Notification['action'], data: unknown) => tell({ action, data }), asked };
}
afterEach(() => vi.restoreAllMocks());

it('what is told of a row changes it where it stands', async () => {
  const { list, end, tell } = await made([one('1'), one('2')]);
  tell('UPDATE', one('2', { status: 'OLD' }));
  expect(list.pages.value?.map(({ id, status }) => [id, status])).toEqual([['1', undefined], ['2', 'OLD']]);
  expect(list.news).toBe(0);
  end();
});

it('what is new is counted, if it is asked for, and not put into the list', async () => {
  const { list, end, tell } = await made([one('1')]);
  tell('CREATE', one('2', { status: 'NEW' }));
  tell('CREATE', one('3', { status: 'OLD' }));
  tell('UPDATE', one('4', { status: 'NEW' }));
  tell('DELETE', '1');
  tell('CREATE', undefined);
  expect([list.news, list.pages.value?.length]).toEqual([1, 1]);
  list.reload();
  expect(list.news).toBe(0);
  end();
});

it('what is selected goes with the row that shows it', async () => {
  const rows = [one('1'), one('2')];
  const { list, end } = await made(rows);
  list.selected = new Set(['1', '2']);
  rows.shift();
  list.reload();
  await settled();
  expect([...list.selected]).toEqual(['2']);
  end();
});

it('further pages end right after the first row, so that they fit to the first', async () => {
  const { list, end, asked } = await made([one('1'), one('2')]);
  list.pages.more();
  await settled();
  expect(asked.map(({ currentPage, dateTo }) => [currentPage, dateTo])).toEqual([[1, undefined], [2, '2026-03-02T12:00:00.124Z']]);
  expect(endOf(undefined)).toBeUndefined();
  end();
});

it('another question begins a new count of what is new, whatever in it has changed', async () => {
  const { list, end, tell } = await made([one('1')]);
  tell('CREATE', one('9', { status: 'NEW' }));
  expect(list.news).toBe(1);
  wanted.status = 'OLD';
  await settled();
  expect(list.news).toBe(0);
  wanted.status = 'NEW';
  end();
});
