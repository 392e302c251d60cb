// What becomes of the rows when another list is shown.
import { render, screen } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import Table from './Table.svelte';

interface Thing {
  id: string;
}
const list = (...ids: string[]) => ids.map((id) => ({ id }));
const props = (rows: Thing[], more = {}) => ({
  rows,
  columns: [{ id: 'id', title: 'Name', text: (one: Thing) => one.id }],
  key: (one: Thing) => one.id,
  caption: 'Things',
  ...more,
});
const rowOf = (name: string) => screen.getByText(name).closest('tr');

it('another list is written into the rows that are there, where nothing is open in them', async () => {
  const { rerender } = render(Table<Thing>, { props: props(list('a', 'b'), { reuses: true, selected: new Set(['a']) }) });
  const row = rowOf('a');
  expect(row?.getAttribute('aria-selected')).toBe('true');
  await rerender(props(list('c'), { reuses: true, selected: new Set() }));
  expect(rowOf('c')).toBe(row);
  expect(row?.getAttribute('aria-selected')).toBe('false');
  expect(row?.querySelector('input')?.checked).toBe(false);
  expect(screen.queryByText('a')).toBeNull();
});

it('otherwise a row belongs to one thing: what is open in it never becomes that of another', async () => {
  const { rerender } = render(Table<Thing>, { props: props(list('a', 'b')) });
  const [a, b] = [rowOf('a'), rowOf('b')];
  await rerender(props(list('b', 'c')));
  expect(rowOf('b')).toBe(b);
  expect(rowOf('c')).not.toBe(a);
});
