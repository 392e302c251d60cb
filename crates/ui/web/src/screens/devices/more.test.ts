import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { noticeMore } from './more';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const answers = (totalElements: number) =>
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ managedObjects: [], statistics: { totalElements } }))));

test.each([
  [3, [1]],
  [2, []],
  [1, []],
])('of %i devices, two are shown', async (total, told) => {
  answers(total);
  const heard: number[] = [];
  const { end } = noticeMore(() => '', () => 2, (more) => heard.push(more));
  await vi.advanceTimersByTimeAsync(16_000);
  end();
  expect(heard).toEqual(told);
});

test('nothing is counted before the list is there, and nothing after the end', async () => {
  answers(9);
  const heard: number[] = [];
  const { end } = noticeMore(() => '', () => undefined, (more) => heard.push(more));
  await vi.advanceTimersByTimeAsync(16_000);
  end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(heard).toEqual([]);
});

test('many wishes to count soon are one question, and it is answered before the next turn', async () => {
  let asked = 0;
  vi.stubGlobal('fetch', () => {
    asked += 1;
    return Promise.resolve(new Response(JSON.stringify({ managedObjects: [], statistics: { totalElements: 5 } })));
  });
  const heard: number[] = [];
  const { soon, end } = noticeMore(() => 'q', () => 2, (more) => heard.push(more));
  soon();
  soon();
  await vi.advanceTimersByTimeAsync(1_500);
  end();
  expect([asked, heard]).toEqual([1, [3]]);
});
