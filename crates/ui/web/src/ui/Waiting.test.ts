// Components that wait: a dialog that counts, a text with suggestions.
import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import Combobox from './Combobox.svelte';
import Consequences from './Consequences.svelte';
import Time from './Time.svelte';

it('exactly what was counted is what is confirmed, and it is counted once', async () => {
  const confirm = vi.fn(async () => {});
  const hit = vi.fn(async () => ({ lines: ['2 devices'], targets: ['7', '8'] }));
  render(Consequences<string[]>, { props: { open: true, title: 'Delete', verb: 'Delete them', hit, confirm } });
  await screen.findByText('2 devices');
  await fireEvent.click(screen.getByText('Delete them'));
  expect(confirm).toHaveBeenCalledWith(['7', '8']);
  expect(hit).toHaveBeenCalledOnce();
});

it('Enter takes no suggestion that was made for another text', async () => {
  const suggest = (text: string) => (text === 'a' ? [{ value: 'alpha' }] : [{ value: 'beta' }]);
  const onchoose = vi.fn();
  render(Combobox, { props: { value: '', label: 'Name', suggest, onchoose } });
  const input = screen.getByRole('combobox');
  await fireEvent.input(input, { target: { value: 'a' } });
  await screen.findByText('alpha');
  await fireEvent.input(input, { target: { value: 'b' } });
  await fireEvent.keyDown(input, { key: 'Enter' });
  expect(onchoose).not.toHaveBeenCalled();
  await screen.findByText('beta');
  await fireEvent.keyDown(input, { key: 'Enter' });
  expect(onchoose).toHaveBeenCalledWith({ value: 'beta' });
});

it('a time that is none is shown as a dash', () => {
  render(Time, { props: { at: 'yesterday-ish' } });
  expect(screen.getByText('–')).toBeTruthy();
});
