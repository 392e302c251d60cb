// Everything that has a position and may be read, page by page, kept up to date by what arrives. For components.

import { get } from '../../lib/api';
import { positionOf, severityOf, type Place } from '../../lib/map/places';
import { realtime } from '../../lib/realtime';
import { resource } from '../../lib/resource.svelte';
import { soon } from '../../lib/soon';

const PAGE_SIZE = 2_000;
const SHOW_MS = 250;

interface Thing {
  id: string;
  name?: string;
  type?: string;
  lastUpdated?: string;
  c8y_Position?: { time?: string };
  c8y_ActiveAlarmsStatus?: unknown;
  [fragment: string]: unknown;
}

interface ThingPage {
  managedObjects: Thing[];
  statistics: { totalElements?: number };
}

/** A thing as a place; nothing if it has no position on earth. */
export function placeOf(thing: Thing): Place | undefined {
  const position = positionOf(thing.c8y_Position);
  if (!position) return undefined;
  const told = Date.parse(thing.c8y_Position?.time ?? '');
  const heard = Date.parse((thing.c8y_Availability as { lastMessage?: string } | undefined)?.lastMessage ?? '');
  const at = [told, heard].find((time) => !Number.isNaN(time));
  return { id: thing.id, name: thing.name ?? thing.id, position, severity: severityOf(thing.c8y_ActiveAlarmsStatus), at };
}

/** The places after what was told: changed where they stand, gone, or new behind the others. */
export function withChanges(places: Place[], changes: ReadonlyMap<string, Place | undefined>): Place[] {
  if (changes.size === 0) return places;
  const known = new Set(places.map((place) => place.id));
  const kept = places.flatMap((place) => (changes.has(place.id) ? (changes.get(place.id) ?? []) : place));
  const added = [...changes].flatMap(([id, place]) => (known.has(id) || !place ? [] : place));
  return [...kept, ...added];
}

export class Positions {
  /** How many of how many are there while the pages come. */
  done = $state(0);
  total = $state(0);
  /** What was told, by id; nothing: it is gone. Shown in one go, many at once. */
  #changes = new Map<string, Place | undefined>();
  /** Those of them that were told since the pages were asked for: they are newer than the pages. */
  #since = new Map<string, Place | undefined>();
  #told = $state(0);
  readonly #show = soon(() => (this.#told += 1), SHOW_MS);

  readonly loaded = resource((signal) => this.#load(signal));

  readonly places = $derived.by((): Place[] => {
    const places = this.loaded.value ?? [];
    void this.#told;
    return withChanges(places, this.#changes);
  });

  constructor() {
    $effect(() => {
      const end = realtime.keepUp('/managedobjects/*', ({ action, data }) => this.#take(action, data), () => this.loaded.reload());
      return () => {
        end();
        this.#show.end();
      };
    });
  }

  async #load(signal: AbortSignal): Promise<Place[]> {
    const places: Place[] = [];
    this.done = 0;
    this.#since = new Map();
    for (let page = 1; ; page++) {
      const query = { query: '$filter=has(c8y_Position)', pageSize: PAGE_SIZE, currentPage: page, withTotalElements: page === 1 };
      const answer = await get<ThingPage>('/inventory/managedObjects', { query, signal });
      if (page === 1) this.total = answer.statistics.totalElements ?? 0;
      places.push(...answer.managedObjects.flatMap((thing) => placeOf(thing) ?? []));
      this.done += answer.managedObjects.length;
      if (answer.managedObjects.length < PAGE_SIZE) break;
    }
    if (!signal.aborted) this.#changes = new Map(this.#since);
    return places;
  }

  #take(action: string, data: unknown): void {
    // A deletion tells the id alone.
    const thing = typeof data === 'object' && data !== null ? (data as Thing) : { id: String(data) };
    const place = action === 'DELETE' ? undefined : placeOf(thing);
    this.#changes.set(thing.id, place);
    this.#since.set(thing.id, place);
    this.#show();
  }
}
