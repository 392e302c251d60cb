// Bulk operations as the platform shows them: one operation for each device of a group. It knows no components.

import { get, type Page, path, post } from '../../lib/api';
import type { OnePage } from '../../lib/pages.svelte';
import { devicesOfGroup } from '../devices/asking';

export const BULK_STATES = ['SCHEDULED', 'EXECUTING', 'EXECUTING_WITH_ERROR', 'SUCCESSFUL', 'FAILED', 'CANCELED'] as const;
export type BulkState = (typeof BULK_STATES)[number];

export interface Bulk {
  id: string;
  /** Of whose devices; or those on which this other one has failed. */
  groupId?: string;
  failedParentId?: string;
  startDate: string;
  /** Seconds between one device and the next. */
  creationRamp: number;
  operationPrototype: Record<string, unknown>;
  /** Where the asking stands. */
  status: 'ACTIVE' | 'IN_PROGRESS' | 'COMPLETED' | 'DELETED';
  generalStatus: BulkState;
  progress: Record<'pending' | 'executing' | 'successful' | 'failed' | 'all', number>;
}

export const isBulkState = (text: string | null): text is BulkState => (BULK_STATES as readonly (string | null)[]).includes(text);

/** Devices are still to be asked: that can be ended. */
export const canBeCancelled = ({ status }: Bulk): boolean => status === 'ACTIVE' || status === 'IN_PROGRESS';
/** It has not begun: when it begins, and how fast, can be changed. */
export const canBeChanged = ({ status }: Bulk): boolean => status === 'ACTIVE';
/** Those on which it has failed can be asked once more. */
export const canBeRepeated = (one: Bulk): boolean => !canBeCancelled(one) && one.progress.failed > 0;

/** What is asked, by its fragments. */
export const kindsOf = ({ operationPrototype }: Bulk): string[] => Object.keys(operationPrototype).filter((name) => name !== 'description');

const PLACE = '/devicecontrol/bulkoperations';
const SIZE = 50;

/** The question of the list, for the platform. */
export const bulkQuery = (state: BulkState | undefined) => ({ withDeleted: true, generalStatus: state });

/** The pages of the platform from which the latest come: it has the earliest first, and the last page may be short. */
export function pagesFromBehind(total: number, page: number, size = SIZE): number[] {
  const last = Math.max(1, Math.ceil(total / size));
  return (page === 1 ? [last, last - 1] : [last - page]).filter((one) => one >= 1);
}

/** A page of the list, the latest first. `total` is known for every page but the first. */
export async function latest(page: number, state: BulkState | undefined, total: number | undefined, signal: AbortSignal): Promise<OnePage<Bulk>> {
  const ask = (currentPage: number, pageSize: number, counts: boolean) =>
    get<Page<'bulkOperations', Bulk>>(PLACE, { signal, query: { ...bulkQuery(state), currentPage, pageSize, withTotalElements: counts } });
  const known = page === 1 || total === undefined ? (await ask(1, 1, true)).statistics.totalElements ?? 0 : total;
  const answers = await Promise.all(pagesFromBehind(known, page).map((one) => ask(one, SIZE, false)));
  const items = answers.flatMap((answer) => answer.bulkOperations.toReversed());
  return { items, statistics: { currentPage: page, pageSize: SIZE, totalElements: known } };
}

export const readBulk = (id: string, signal?: AbortSignal) => get<Bulk>(path`/devicecontrol/bulkoperations/${id}`, signal ? { signal } : {});

/** How many devices wait for it: not asked yet, or asked and not begun; nothing if that cannot be counted. Before it has
    begun, nobody knows yet which they are. */
export async function stillToAsk(one: Bulk): Promise<number | undefined> {
  if (one.status !== 'ACTIVE') return one.progress.pending;
  if (one.groupId) return devicesOfGroup(one.groupId);
  return one.failedParentId ? (await readBulk(one.failedParentId)).progress.failed : undefined;
}

/** It begins right away, and the platform takes nothing from the past. */
const SOON_MS = 2_000;

/** Asks those on which it has failed once more, in the same way. */
export const repeat = ({ id, creationRamp, operationPrototype }: Bulk) =>
  post<Bulk>(PLACE, { failedParentId: id, startDate: new Date(Date.now() + SOON_MS).toISOString(), creationRamp, operationPrototype });
