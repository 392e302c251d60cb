// The time that a screen shows, and its form in the address: `r=24h` for the last day, or `from` and `to`. Knows no chart.

/** Milliseconds since 1970. */
export interface Span {
  from: number;
  to: number;
  /** The length of a window that ends now (`24h`), if it is one. */
  last?: Last;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const LASTS = ['15m', '1h', '6h', '24h', '7d', '30d', '365d'] as const;
export type Last = (typeof LASTS)[number];
const LENGTHS: Record<Last, number> = {
  '15m': HOUR / 4,
  '1h': HOUR,
  '6h': 6 * HOUR,
  '24h': DAY,
  '7d': 7 * DAY,
  '30d': 30 * DAY,
  '365d': 365 * DAY,
};
const SPAN_MS_MIN = 1_000;

export const lengthOf = (last: Last): number => LENGTHS[last];

/** What the address says, or the given window. */
export function readSpan(query: URLSearchParams, now: number, otherwise: Last = '24h'): Span {
  const [from, to] = ['from', 'to'].map((name) => Date.parse(query.get(name) ?? ''));
  if (from! < to!) return { from: from!, to: to! };
  const last = LASTS.find((one) => one === query.get('r')) ?? otherwise;
  return { from: now - LENGTHS[last], to: now, last };
}

/** The parts of the address for a span. */
export function writeSpan(span: Span): Record<'r' | 'from' | 'to', string | undefined> {
  if (span.last) return { r: span.last, from: undefined, to: undefined };
  return { r: undefined, from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() };
}

/** The part that was marked, at least a second long. */
export function part(from: number, to: number): Span {
  const [first, last] = [Math.floor(Math.min(from, to)), Math.ceil(Math.max(from, to))];
  return { from: first, to: Math.max(last, first + SPAN_MS_MIN) };
}

/** Twice as long around the same middle, but nothing of the future. */
export function wider({ from, to }: Span, now: number): Span {
  const half = (to - from) / 2;
  return { from: from - half, to: Math.max(Math.min(to + half, now), to) };
}

/** Half a window earlier (-1) or later (1), but not past now. */
export function shifted({ from, to }: Span, direction: -1 | 1, now: number): Span {
  const wanted = (direction * (to - from)) / 2;
  const move = direction > 0 ? Math.max(0, Math.min(wanted, now - to)) : wanted;
  return { from: from + move, to: to + move };
}

/** Lengths of intervals that people understand, in seconds. */
const INTERVALS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];

/** The interval with which a span has at most as many points as there are pixels; 0 means every value as it is. */
export function intervalFor(span: Span, pixels: number): number {
  const secondsPerPixel = (span.to - span.from) / 1000 / Math.max(1, pixels);
  if (secondsPerPixel < 0.5) return 0;
  return INTERVALS.find((seconds) => seconds >= secondsPerPixel) ?? Math.ceil(secondsPerPixel / 604_800) * 604_800;
}
