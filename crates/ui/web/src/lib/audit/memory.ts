// What this browser remembers of the audit logs that it has seen: the last checkpoint of each that agreed with the one
// before. Kept in the browser's storage, where the server cannot change it behind the user's back; who holds the
// browser can. Nothing is verified here.

import type { Memory } from './verify';
import type { Seen } from './verdict';

const PREFIX = 'holdfast.audit.';

const isSeen = (value: unknown): value is Seen =>
  typeof value === 'object' &&
  value !== null &&
  ['key', 'note', 'time', 'at'].every((name) => typeof (value as Record<string, unknown>)[name] === 'string') &&
  Number.isSafeInteger((value as Record<string, unknown>).size);

/** The memory of this browser. */
export function browserMemory(storage: Storage = localStorage): Memory & { forget(log: string): void } {
  return {
    recall(log) {
      try {
        const value: unknown = JSON.parse(storage.getItem(PREFIX + log) ?? 'null');
        return isSeen(value) ? value : undefined;
      } catch {
        return undefined;
      }
    },
    keep(log, seen) {
      try {
        storage.setItem(PREFIX + log, JSON.stringify(seen));
      } catch {
        // Without room or permission to store, the browser starts afresh next time; the verdict names no memory then.
      }
    },
    forget(log) {
      storage.removeItem(PREFIX + log);
    },
  };
}
