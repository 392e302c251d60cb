// What is said while something is on its way, when it fails, and when it is refused.
import { fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '../lib/api';
import type { Loaded } from '../lib/resource.svelte';
import Menu from './Menu.svelte';
import Problem from './Problem.svelte';
import States from './States.svelte';

const children = createRawSnippet((value: () => string) => ({ render: () => `<p>${value()}</p>` }));
const state = (more: Partial<Loaded<string>>): { of: Loaded<string>; what: string; children: typeof children } => ({
  of: { value: undefined, error: undefined, loading: false, at: undefined, reload: () => {}, ...more },
  what: '4.3 M values',
  children,
});
const isDimmed = () => document.querySelector('.there')?.classList.contains('old');

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('nothing is shown for 150 ms, then rows, and after five seconds what is awaited', async () => {
  render(States<string>, { props: state({ loading: true }) });
  const skeleton = document.querySelector('.skeleton');
  expect(skeleton?.classList.contains('seen')).toBe(false);
  await vi.advanceTimersByTimeAsync(160);
  expect(skeleton?.classList.contains('seen')).toBe(true);
  expect(screen.queryByText(/4.3 M values/)).toBeNull();
  await vi.advanceTimersByTimeAsync(5000);
  expect(screen.getByText('Still loading: 4.3 M values')).toBeTruthy();
});

it('old data stays while new data is on its way, is dimmed when that takes long, and then says its age', async () => {
  const at = new Date('2026-11-22T14:01:00').getTime();
  const { rerender } = render(States<string>, { props: state({ value: 'old', at, loading: true }) });
  expect([!!screen.getByText('old'), isDimmed()]).toEqual([true, false]);
  await vi.advanceTimersByTimeAsync(1100);
  expect(isDimmed()).toBe(true);
  await vi.advanceTimersByTimeAsync(4000);
  expect(screen.getByText('Shown as of 14:01; the latest is awaited.')).toBeTruthy();
  await rerender(state({ value: 'new', at: at + 60_000 }));
  expect([isDimmed(), screen.queryByText(/Shown as of/)]).toEqual([false, null]);
  await rerender(state({ value: 'new', at: at + 60_000, loading: true }));
  expect(isDimmed()).toBe(false);
});

it('data that could not be loaded again stays, with its age, why, and a way to try again', async () => {
  const at = new Date('2026-11-22T14:01:00').getTime();
  const reload = vi.fn();
  const { rerender } = render(States<string>, { props: state({ value: 'old', at, reload, error: new ApiError(500, '', 'It broke') }) });
  expect([!!screen.getByText('old'), isDimmed(), !!screen.getByText('It broke')]).toEqual([true, true, true]);
  expect(screen.getByText('Shown as of 14:01; the latest could not be loaded.')).toBeTruthy();
  await fireEvent.click(screen.getByText('Try again'));
  expect(reload).toHaveBeenCalledOnce();
  // Without a connection the bar above the page has said why.
  await rerender(state({ value: 'old', at, error: new ApiError(0, 'connection', '') }));
  expect([!!screen.getByText('old'), screen.queryByRole('alert')]).toEqual([true, null]);
});

it('the seconds are counted down, and only then it may be tried again', async () => {
  const retry = vi.fn();
  render(Problem, { props: { error: new ApiError(429, '', 'Too many', 3), retry } });
  await vi.advanceTimersByTimeAsync(10);
  const button = screen.getByText('Try again').closest('button') as HTMLButtonElement;
  const seen = () => document.querySelector('[aria-hidden="true"]:not(svg)')?.textContent;
  expect([seen(), button.disabled]).toEqual(['Too many calls. It may be tried again in 3 s.', true]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(seen()).toBe('Too many calls. It may be tried again in 2 s.');
  await vi.advanceTimersByTimeAsync(2100);
  expect([seen(), button.disabled]).toEqual(['Too many calls. It may be tried again now.', false]);
});

it('a menu entry that may not be used says why, stays reachable and does nothing', async () => {
  vi.useRealTimers();
  const run = vi.fn();
  render(Menu, { props: { label: 'More', items: [{ label: 'Delete', because: { text: 'It is in use.' }, run }, { label: 'Big', checked: true, run }] } });
  await fireEvent.click(screen.getByText('More'));
  const item = await screen.findByRole('menuitem', { name: /Delete/ });
  expect([item.getAttribute('aria-disabled'), item.textContent?.includes('It is in use.')]).toEqual(['true', true]);
  await fireEvent.keyDown(item, { key: 'Enter' });
  expect(run).not.toHaveBeenCalled();
  expect(screen.getByRole('menuitemradio', { name: 'Big' }).getAttribute('aria-checked')).toBe('true');
});
