// How much came in: the platform's intervals of ten seconds as minutes of the last hour. It knows no components.

export interface Flow {
  since: string;
  until: string;
  intervalSeconds: number;
  intervals: {
    time: string;
    received: Record<string, Record<string, number>>;
    rejected: Record<string, number>;
  }[];
}

export const PROTOCOLS = ['MQTT', 'SmartREST', 'HTTP'] as const;
export const KINDS = ['measurement', 'event', 'alarm', 'operation', 'inventory'] as const;
export const REASONS = ['signIn', 'permission', 'limit', 'malformed', 'fault'] as const;
export type Split = 'protocol' | 'kind';

export interface Minute {
  /** When it begins, in milliseconds. */
  time: number;
  /** Accepted, by part. */
  parts: Record<string, number>;
  accepted: number;
  rejected: number;
}

const MINUTES = 60;
const MINUTE_MS = 60_000;

/** The last hour, minute by minute; minutes without anything are there, too. */
export function minutes(flow: Flow, split: Split): Minute[] {
  const last = Math.floor(new Date(flow.until).getTime() / MINUTE_MS);
  const all = Array.from({ length: MINUTES }, (_, at): Minute => ({
    time: (last - MINUTES + 1 + at) * MINUTE_MS,
    parts: {},
    accepted: 0,
    rejected: 0,
  }));
  for (const interval of flow.intervals) {
    const at = Math.floor(new Date(interval.time).getTime() / MINUTE_MS) - last + MINUTES - 1;
    const minute = all[at];
    if (!minute) continue;
    for (const [protocol, kinds] of Object.entries(interval.received)) {
      for (const [kind, count] of Object.entries(kinds)) {
        const part = split === 'protocol' ? protocol : kind;
        minute.parts[part] = (minute.parts[part] ?? 0) + count;
        minute.accepted += count;
      }
    }
    for (const count of Object.values(interval.rejected)) minute.rejected += count;
  }
  return all;
}

/** How many of each reason were turned away. */
export function reasons(flow: Flow): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { rejected } of flow.intervals) {
    for (const [why, count] of Object.entries(rejected)) all[why] = (all[why] ?? 0) + count;
  }
  return all;
}

/** Messages per second lately: over the last three intervals that are over. */
export function rate(flow: Flow): { accepted: number; rejected: number } {
  const size = flow.intervalSeconds * 1000;
  const end = Math.floor(new Date(flow.until).getTime() / size) * size;
  const intervals = 3;
  const begin = end - intervals * size;
  let accepted = 0;
  let rejected = 0;
  for (const interval of flow.intervals) {
    const time = new Date(interval.time).getTime();
    if (time < begin || time >= end) continue;
    for (const kinds of Object.values(interval.received)) for (const count of Object.values(kinds)) accepted += count;
    for (const count of Object.values(interval.rejected)) rejected += count;
  }
  const seconds = intervals * flow.intervalSeconds;
  return { accepted: accepted / seconds, rejected: rejected / seconds };
}

/** A round number that is not below, for the top of a scale. */
export function ceiling(value: number): number {
  if (value <= 5) return 5;
  const size = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * size).find((step) => step >= value) ?? value;
}
