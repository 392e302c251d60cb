// How many there are of something, counted by the platform and exact. It knows no lists.

import { unlessRefused } from './access/people';
import { get, type Page, type Query } from './api';

/** What a list of the platform holds in all; nothing if the caller may not count it. */
export async function total(path: string, query: Query, signal?: AbortSignal): Promise<number | undefined> {
  const page = await unlessRefused(
    get<Page<string, unknown>>(path, { query: { ...query, pageSize: 1, withTotalElements: true }, ...(signal && { signal }) }),
  );
  return page?.statistics.totalElements;
}
