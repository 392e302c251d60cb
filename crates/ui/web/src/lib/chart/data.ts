// What a chart shows, as plain values: lines over one list of times. Knows no canvas and no server.

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
const COLOURS = 8;

export const dashOf = (place: number): number[] => DASHES[place % DASHES.length]!;
export const colourToken = (place: number): string => `--series-${(place % COLOURS) + 1}`;

/** The units of the lines in their order; each has an axis. */
export function unitsOf(lines: readonly Line[]): string[] {
  return [...new Set(lines.filter((line) => !line.hidden).map((line) => line.unit))];
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
