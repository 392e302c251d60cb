import { expect, it } from 'vitest';
import { paths } from './paths';

const of = (id: string) => ({ managedObject: { id, name: `n${id}` } });
const tree = (parents: Record<string, string[]>) => async (ids: readonly string[]) =>
  ids.map((id) => ({ id, parents: (parents[id] ?? []).map(of) }));
const signal = new AbortController().signal;
const named = async (groups: string[], parents: Record<string, string[]>) =>
  (await paths(groups.map(of), signal, tree(parents))).map((path) => path.map((one) => one.id).join('/'));

it('every way through groups is told from the top', async () => {
  expect(await named(['3', '5'], { 3: ['2'], 2: ['1'] })).toEqual(['5', '1/2/3']);
  expect(await named(['3'], { 3: ['1', '2'] })).toEqual(['1/3', '2/3']);
  expect(await named([], {})).toEqual([]);
});

it('groups that are in each other end', async () => {
  expect(await named(['1'], { 1: ['2'], 2: ['1'] })).toEqual(['2/1']);
});
