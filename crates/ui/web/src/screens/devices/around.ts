// Which devices stand before and after one in the list that somebody came from. The filter and the order are in the address
// of the device's page; what the list has loaded is remembered, so that nothing is asked again. It knows no components.

import { get, type Page } from '../../lib/api';
import { href } from '../../lib/router.svelte';
import { parseFilter } from '../../ui/filter';
import { sortOf } from '../../ui/table';
import type { Device } from '../device/device';
import { findGroups } from './fields';
import { deviceQuery, groupNames } from './filter';

/** A list of devices: its filter, and its order as it stands in the address. */
export interface Listed {
  filter: string;
  sort: string;
}
/** What is loaded of it, in its order, and how many there are in all. */
interface Known extends Listed {
  ids: readonly string[];
  total: number;
}

/** The order of a list that says none. */
const SORT = 'name';
const SIZE = 1000;
/** So many pages are searched for a device that was come to by a link. */
const PAGES_MAX = 5;

let known: Known | undefined;
/** Keeps what a list has loaded. */
export const remember = (list: Known): void => void (known = { ...list, sort: list.sort || SORT });

/** What a device's address says about the list that it was opened from; nothing: from none. */
export function listedIn(query: URLSearchParams): Listed | undefined {
  const sort = query.get('by');
  return sort === null ? undefined : { filter: query.get('in') ?? '', sort };
}
export const asQuery = (list: Listed | undefined): Record<string, string> =>
  list ? { ...(list.filter && { in: list.filter }), by: list.sort || SORT } : {};
/** The list itself. */
export const listHref = (list: Listed | undefined): string =>
  href('/devices', { q: list?.filter, sort: list?.sort === SORT ? undefined : list?.sort });

export interface Around {
  before: string | undefined;
  after: string | undefined;
  /** Counted from 1. */
  place: number;
  total: number;
}

/** Nothing: it is not among them, or what comes after it is not loaded. */
export function aroundIn(ids: readonly string[], total: number, id: string): Around | undefined {
  const at = ids.indexOf(id);
  if (at < 0 || (at === ids.length - 1 && ids.length < total)) return undefined;
  return { before: ids[at - 1], after: ids[at + 1], place: at + 1, total };
}

export async function around(list: Listed, id: string, signal: AbortSignal): Promise<Around | undefined> {
  if (known?.filter === list.filter && known.sort === list.sort) {
    const found = aroundIn(known.ids, known.total, id);
    if (found) return found;
  }
  const tokens = parseFilter(list.filter);
  const query = deviceQuery(tokens, sortOf(list.sort), await findGroups(groupNames(tokens), signal));
  const ids: string[] = [];
  for (let page = 1, total = Infinity; page <= PAGES_MAX && ids.length < total; page += 1) {
    const answer = await get<Page<'managedObjects', Device>>('/inventory/managedObjects', {
      query: { query, pageSize: SIZE, currentPage: page, withTotalElements: page === 1, withChildren: false },
      signal,
    });
    total = Math.min(total, answer.statistics.totalElements ?? Infinity);
    ids.push(...answer.managedObjects.map((one) => one.id));
    if (answer.managedObjects.length < SIZE) total = ids.length;
    remember({ ...list, ids, total });
    const found = aroundIn(ids, total, id);
    if (found) return found;
  }
  return undefined;
}
