// What a chart shows, as plain values: lines over one list of times. Knows no canvas and no server.

import { COLOURS, type Look, type Side } from './look';

/** One line, with the least and greatest value around it if it stands for several values per point. */
export interface Line {
  /** Tells it from the others, whatever is shown. */
  key: string;
  label: string;
  /** As the device sent it; lines of one unit share an axis. */
  unit: string;
  /** Its place in the palette; it keeps it when others are hidden. */
  place: number;
  values: Cells;
  min?: Cells;
  max?: Cells;
  hidden?: boolean;
  /** What somebody chose for it. */
  look?: Look;
}

/** One value for each time; nothing where the line has none. */
export type Cells = ArrayLike<number | null>;

export interface ChartData {
  /** Seconds since 1970, ascending. */
  times: ArrayLike<number>;
  lines: readonly Line[];
}

/** From and to, in seconds since 1970. */
export type Range = readonly [from: number, to: number];

/** Series of a chart by the palette's order: colour and dashes, so that lines differ without colour as well. */
const DASHES: readonly number[][] = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

export const dashOf = (place: number): number[] => DASHES[place % DASHES.length]!;
export const colourToken = (place: number): string => `--series-${(place % COLOURS) + 1}`;

/** The colour of a line: the one that was chosen, or that of its place. */
export const colourOf = (line: Line): string => colourToken(line.look?.colour ?? line.place);

/** An axis of values. */
export interface ValueAxis {
  /** Tells it from the others; never empty, also for values without unit. */
  name: string;
  unit: string;
  side: Side;
  /** Its ends, where they were chosen. */
  least: number | undefined;
  greatest: number | undefined;
}

/** The axis of each line that is shown, by the line's key. Lines of one unit share one, unless another side or other ends
    were chosen; the first stands on the left, the others on the right. */
export function axesOf(lines: readonly Line[]): Map<string, ValueAxis> {
  const axes: ValueAxis[] = [];
  const found = new Map<string, ValueAxis>();
  for (const { key, unit, look, hidden } of lines) {
    if (hidden) continue;
    const { side, least, greatest } = look ?? {};
    const isIts = (axis: ValueAxis) =>
      axis.unit === unit && axis.least === least && axis.greatest === greatest && (side === undefined || axis.side === side);
    let axis = axes.find(isIts);
    if (!axis) {
      const free: Side = axes.some((one) => one.side === 'left') ? 'right' : 'left';
      axis = { name: `y${axes.length}`, unit, side: side ?? free, least, greatest };
      axes.push(axis);
    }
    found.set(key, axis);
  }
  return found;
}

/** A point behind all others on each line that has one: what arrives live. Times before the last are not added. */
export function appended(data: ChartData, time: number, values: ReadonlyMap<string, number>): ChartData {
  const last = data.times.length ? data.times[data.times.length - 1]! : -Infinity;
  if (time < last || values.size === 0) return data;
  const isSame = time === last;
  const grown = (cells: Cells, value: number | undefined): Cells => {
    const list = Array.from(cells);
    if (!isSame) list.push(value ?? null);
    else if (value !== undefined) list[list.length - 1] = value;
    return list;
  };
  const lines = data.lines.map((line) => {
    const value = values.get(line.key);
    const next: Line = { ...line, values: grown(line.values, value) };
    if (line.min) next.min = grown(line.min, value);
    if (line.max) next.max = grown(line.max, value);
    return next;
  });
  return { times: isSame ? data.times : [...Array.from(data.times), time], lines };
}

/** Puts lines with times of their own over one list of times. */
export function aligned(parts: readonly { times: readonly number[]; line: Line }[]): ChartData {
  const times = [...new Set(parts.flatMap((part) => part.times))].sort((one, other) => one - other);
  const places = new Map(times.map((time, place) => [time, place]));
  const spread = (from: Cells | undefined, own: readonly number[]): Cells | undefined => {
    if (!from) return undefined;
    const cells: (number | null)[] = new Array<number | null>(times.length).fill(null);
    own.forEach((time, place) => (cells[places.get(time)!] = from[place] ?? null));
    return cells;
  };
  const lines = parts.map(({ times: own, line }) => {
    const next: Line = { ...line, values: spread(line.values, own)! };
    const [min, max] = [spread(line.min, own), spread(line.max, own)];
    if (min) next.min = min;
    if (max) next.max = max;
    return next;
  });
  return { times, lines };
}
