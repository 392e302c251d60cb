// What objects are called, for whoever only knows their ids. Names are asked for together and kept while the page is open;
// an object that the platform does not show is called by its id.

import { get, type Page } from './api';

const BATCH = 100;

const known = $state<Record<string, string>>({});
const asked = new Set<string>();
let waiting: string[] = [];

async function ask(): Promise<void> {
  const ids = waiting.splice(0, BATCH);
  if (ids.length === 0) return;
  if (waiting.length > 0) void ask();
  try {
    const found = await get<Page<'managedObjects', { id: string; name?: string }>>('/inventory/managedObjects', {
      query: { ids: ids.join(','), pageSize: ids.length, withChildren: false },
    });
    for (const one of found.managedObjects) learnName(one.id, one.name);
  } catch {
    // They are asked for again when they are wanted again.
    for (const id of ids) asked.delete(id);
  }
}

function want(id: string): void {
  if (asked.has(id) || !/^\d+$/.test(id)) return;
  asked.add(id);
  waiting.push(id);
  if (waiting.length === 1) queueMicrotask(() => void ask());
}

/** The name of an object, or its id until its name is known. Whoever reads it is told when the name comes. */
export function nameOf(id: string): string {
  if (!Object.hasOwn(known, id)) want(id);
  return known[id] ?? id;
}

/** Takes a name that came with something else. */
export function learnName(id: string, name: string | undefined): void {
  if (!name) return;
  known[id] = name;
  asked.add(id);
}
