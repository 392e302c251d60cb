// Reads series of measurements: least, greatest, mean value and count per interval, computed by the platform for the
// pixels that are there. Nothing is cut off: what is too much for one answer is asked for in parts.

import { ApiError, get, type Call } from '../api';
import type { Cells } from '../chart/data';
import { type Row, spreadsheet } from '../csv';
import type { Span } from './range';

/** One series of one source. */
export interface SeriesName {
  source: string;
  /** `fragment.series` */
  name: string;
}

/** Tells it from others, in maps and in the address. */
export const keyOf = ({ source, name }: SeriesName): string => `${source} ${name}`;

/** The values of one series, by time. */
export interface SeriesData {
  series: SeriesName;
  unit: string;
  /** Seconds since 1970, ascending. */
  times: number[];
  values: Cells;
  min: Cells;
  max: Cells;
  /** How many values each point stands for. */
  counts: number[];
}

interface Cell {
  min?: number;
  max?: number;
  avg?: number;
  count?: number;
}

/** The platform's answer. */
export interface SeriesAnswer {
  values: Record<string, (Cell | null)[]>;
  series: { unit?: string; name: string; type: string }[];
  truncated: boolean;
}

/** How often a span is halved at most: 64 parts. */
const HALVINGS_MAX = 6;

/** The call for series of one source. */
export function seriesCall(source: string, names: readonly string[], span: Span, interval: number): Call {
  const query: Record<string, string | readonly string[]> = {
    source,
    dateFrom: new Date(span.from).toISOString(),
    dateTo: new Date(span.to).toISOString(),
    series: names,
  };
  if (interval > 0) {
    query.aggregationInterval = `${interval}s`;
    query.aggregationFunction = ['min', 'max', 'avg', 'count'];
  }
  return { method: 'GET', path: '/measurement/measurements/series', query };
}

export type Ask = (call: Call, signal: AbortSignal) => Promise<SeriesAnswer>;
const ask: Ask = (call, signal) => get<SeriesAnswer>(call.path, { ...(call.query && { query: call.query }), signal });

/** Reads some series of one source. */
export async function readSeries(
  source: string,
  names: readonly string[],
  span: Span,
  interval: number,
  signal: AbortSignal,
  asked: Ask = ask,
): Promise<SeriesData[]> {
  const answers = await parts(source, names, span, interval, signal, asked, 0);
  return names.map((name) => collected({ source, name }, answers));
}

async function parts(
  source: string,
  names: readonly string[],
  span: Span,
  interval: number,
  signal: AbortSignal,
  asked: Ask,
  halvings: number,
): Promise<SeriesAnswer[]> {
  const step = (interval || 1) * 1000;
  const middle = Math.floor((span.from + span.to) / 2 / step) * step;
  const canHalve = halvings < HALVINGS_MAX && middle > span.from && middle < span.to;
  try {
    const answer = await asked(seriesCall(source, names, span, interval), signal);
    if (!answer.truncated || !canHalve) return [answer];
  } catch (reason) {
    // Too much to read for one answer is refused as a whole.
    if (!(reason instanceof ApiError && reason.status === 422 && canHalve)) throw reason;
  }
  const half = (from: number, to: number) => parts(source, names, { from, to }, interval, signal, asked, halvings + 1);
  const first = await half(span.from, middle - 1);
  return [...first, ...(await half(middle, span.to))];
}

function collected(series: SeriesName, answers: readonly SeriesAnswer[]): SeriesData {
  const rows: [number, Cell][] = [];
  let unit = '';
  for (const answer of answers) {
    const column = answer.series.findIndex((one) => `${one.type}.${one.name}` === series.name);
    if (column < 0) continue;
    unit = answer.series[column]!.unit ?? unit;
    for (const [time, cells] of Object.entries(answer.values)) {
      const cell = cells[column];
      if (cell?.min !== undefined && cell.min !== null) rows.push([Date.parse(time) / 1000, cell]);
    }
  }
  rows.sort(([one], [other]) => one - other);
  return {
    series,
    unit,
    times: rows.map(([time]) => time),
    values: rows.map(([, cell]) => cell.avg ?? cell.min!),
    min: rows.map(([, cell]) => cell.min!),
    max: rows.map(([, cell]) => cell.max ?? cell.min!),
    counts: rows.map(([, cell]) => cell.count ?? 1),
  };
}

/** The values of a measurement as it was sent, by `fragment.series`. */
export function valuesOf(measurement: unknown): Map<string, number> {
  const values = new Map<string, number>();
  if (typeof measurement !== 'object' || measurement === null) return values;
  for (const [fragment, members] of Object.entries(measurement)) {
    if (typeof members !== 'object' || members === null) continue;
    for (const [name, member] of Object.entries(members as Record<string, unknown>)) {
      const value = (member as { value?: unknown } | null)?.value;
      if (typeof value === 'number') values.set(`${fragment}.${name}`, value);
    }
  }
  return values;
}

/** Series in an address: `source:fragment.series`, each encoded, with commas. */
export const writeNames = (names: readonly SeriesName[]): string =>
  names.map(({ source, name }) => `${encodeURIComponent(source)}:${encodeURIComponent(name)}`).join(',');

export function readNames(text: string | null): SeriesName[] {
  return (text ?? '').split(',').flatMap((part) => {
    const colon = part.indexOf(':');
    if (colon < 1) return [];
    try {
      const series = { source: decodeURIComponent(part.slice(0, colon)), name: decodeURIComponent(part.slice(colon + 1)) };
      return series.name.includes('.') ? [series] : [];
    } catch {
      return [];
    }
  });
}

/** What is shown, as a spreadsheet: a row for each point of each series. */
export function csvOf(data: readonly SeriesData[], nameOf: (source: string) => string): string {
  const rows: Row[] = [['time', 'source', 'name', 'series', 'unit', 'min', 'mean', 'max', 'count']];
  for (const { series, unit, times, values, min, max, counts } of data) {
    times.forEach((time, place) => {
      const at = new Date(time * 1000).toISOString();
      const numbers = [min[place], values[place], max[place]].map((value) => value ?? undefined);
      rows.push([at, series.source, nameOf(series.source), series.name, unit, ...numbers, counts[place]]);
    });
  }
  return spreadsheet(rows);
}

/** A cell as RFC 4180 writes it; in quotes, commas and ends of lines belong to it. */
const CELL = '(?:"(?:[^"]|"")*"|[^",\\r\\n]*)';
const LINES = /(?:"(?:[^"]|"")*"|[^"\n])+\n?/g;

/** Of an exported table, the head and the rows of one series: a measurement may have others beside it. */
export function onlySeries(table: string, name: string): string {
  const [head = '', ...lines] = table.match(LINES) ?? [];
  const place = Math.max(0, head.trim().split(',').indexOf('fragment.series'));
  const its = new RegExp(`^(?:${CELL},){${place}}(${CELL})`);
  // What would be a formula is marked with `'`.
  const wanted = /^[=+\-@\t\r\n]/.test(name) ? `'${name}` : name;
  return head + lines.filter((line) => plain(its.exec(line)?.[1] ?? '') === wanted).join('');
}

const plain = (cell: string): string => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);

/** A text in JSON, a bracket, or what is between those. */
const PARTS_OF_JSON = /"(?:[^"\\]|\\.)*"|[{}[\]]|[^"{}[\]]+/g;

/** Of a list of measurements, a line of JSON for each (NDJSON). The text is cut and not read: numbers keep their digits. */
export function linesOf(list: string): string {
  const open: string[] = [];
  const lines: string[] = [];
  let line = '';
  for (const [part] of list.matchAll(PARTS_OF_JSON)) {
    if (part === '{' || part === '[') open.push(part);
    // The objects of a list of the answer itself.
    const isInOne = open[0] === '{' && open[1] === '[' && open.length > 2;
    if (isInOne) line += part.startsWith('"') ? part : part.replaceAll('\n', '');
    if (part === '}' || part === ']') open.pop();
    if (isInOne && open.length === 2) line = (lines.push(`${line}\n`), '');
  }
  return lines.join('');
}
