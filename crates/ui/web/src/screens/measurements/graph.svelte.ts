// What a graph of series shows: asked of the platform for the pixels that are there, and kept up to date by what arrives.
// For components: the chart, its legend and its table read from it.

import { untrack } from 'svelte';
import { ApiError } from '../../lib/api';
import { aligned, appended, type ChartData } from '../../lib/chart/data';
import type { Looks } from '../../lib/chart/look';
import { intervalFor, type Span } from '../../lib/measurements/range';
import { keyOf, readSeries, valuesOf, type SeriesData, type SeriesName } from '../../lib/measurements/series';
import { nameOf } from '../../lib/names.svelte';
import { realtime } from '../../lib/realtime';
import { resource } from '../../lib/resource.svelte';

/** What the graph is asked to show; read again whenever it changes. */
interface Wish {
  names: readonly SeriesName[];
  span: Span;
  /** The width of the chart. */
  pixels: number;
  live: boolean;
}

interface Loaded {
  series: SeriesData[];
  span: Span;
  interval: number;
  /** Sources of which nothing could be read, and why. */
  refused: { source: string; reason: ApiError }[];
}

/** After so many arrivals everything is asked for again, so that points stand for intervals again. */
const ARRIVALS_MAX = 300;
const LIVE_TICK_MS = 1_000;

interface Arrival {
  time: number;
  values: ReadonlyMap<string, number>;
}

export class Graph {
  readonly loaded = resource((signal) => {
    this.#since = [];
    return load(this.wish(), signal);
  });
  #arrived = $state.raw<ChartData>();
  #now = $state(Date.now());
  /** What has arrived since the values were asked for: it may not be among them. */
  #since: Arrival[] = [];

  /** `again` asks for everything anew, with a window that ends now if it is one that ends now. */
  constructor(
    private readonly wish: () => Wish,
    private readonly looks: () => Looks,
    private readonly again: () => void,
  ) {
    $effect(() => {
      void this.loaded.value;
      const base = untrack(() => this.#base);
      this.#arrived = this.#since.reduce((data, { time, values }) => appended(data, time, values), base);
    });
    $effect(() => {
      const { live, names } = JSON.parse(this.#followed) as Pick<Wish, 'live' | 'names'>;
      return this.#follow(live, names);
    });
  }
  /** What is followed; a window that has moved is no reason to begin anew. */
  readonly #followed = $derived.by(() => {
    const { live, names } = this.wish();
    return JSON.stringify({ live, names });
  });

  /** The lines with what has arrived since, and with the names that are known by now, as somebody wants to see them. */
  readonly data = $derived.by((): ChartData => {
    const data = this.#arrived ?? this.#base;
    const labels = new Map(this.wish().names.map((series) => [keyOf(series), this.label(series)]));
    const looks = this.looks();
    const lines = data.lines.map((line) => {
      const look = looks.get(line.key) ?? {};
      return {
        ...line,
        label: look.label ?? labels.get(line.key) ?? line.label,
        unit: look.unit ?? line.unit,
        hidden: look.hidden ?? false,
        look,
      };
    });
    return { ...data, lines };
  });

  readonly #base = $derived.by((): ChartData => {
    const loaded = this.loaded.value;
    if (!loaded) return { times: [], lines: [] };
    const places = new Map(this.wish().names.map((series, place) => [keyOf(series), place]));
    return aligned(
      loaded.series.map((one) => ({
        times: one.times,
        line: {
          key: keyOf(one.series),
          label: one.series.name,
          unit: one.unit,
          place: places.get(keyOf(one.series)) ?? 0,
          values: one.values,
          ...(loaded.interval > 0 && { min: one.min, max: one.max }),
        },
      })),
    );
  });

  /** The time at both ends of the chart, in seconds; a live one moves on. */
  readonly range = $derived.by((): readonly [number, number] | undefined => {
    const span = this.loaded.value?.span;
    if (!span) return undefined;
    const later = this.wish().live ? Math.max(0, this.#now - span.to) : 0;
    return [(span.from + later) / 1000, (span.to + later) / 1000];
  });

  /** How many values all points stand for. */
  readonly count = $derived(
    (this.loaded.value?.series ?? []).reduce((sum, one) => sum + one.counts.reduce((all, count) => all + count, 0), 0),
  );

  /** A series by its name; with that of its device where there are several devices. */
  label({ source, name }: SeriesName): string {
    const isOne = new Set(this.wish().names.map((series) => series.source)).size === 1;
    const [fragment, series] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)];
    const short = fragment === series ? fragment : `${fragment} › ${series}`;
    const device = nameOf(source);
    return isOne ? short : `${device} · ${short}`;
  }

  #follow(live: boolean, names: readonly SeriesName[]): (() => void) | void {
    if (!live) return;
    const sources = [...new Set(names.map((series) => series.source))];
    const ends = sources.map((source) =>
      realtime.keepUp(`/measurements/${source}`, ({ action, data }) => {
        if (action === 'CREATE') this.#take(source, data);
      }, this.again),
    );
    const timer = setInterval(() => (this.#now = Date.now()), LIVE_TICK_MS);
    return () => {
      for (const end of ends) end();
      clearInterval(timer);
    };
  }

  #take(source: string, measurement: unknown): void {
    const time = Date.parse(String((measurement as { time?: unknown } | null)?.time)) / 1000;
    if (Number.isNaN(time)) return;
    const values = new Map([...valuesOf(measurement)].map(([name, value]) => [keyOf({ source, name }), value]));
    this.#since.push({ time, values });
    this.#arrived = appended(this.#arrived ?? this.#base, time, values);
    this.#now = Date.now();
    if (this.#since.length % ARRIVALS_MAX === 0) this.again();
  }
}

async function load({ names, span, pixels }: Wish, signal: AbortSignal): Promise<Loaded> {
  const interval = intervalFor(span, pixels);
  const sources = [...new Set(names.map((series) => series.source))];
  const settled = await Promise.allSettled(
    sources.map((source) => {
      const own = names.filter((series) => series.source === source).map((series) => series.name);
      return readSeries(source, own, span, interval, signal);
    }),
  );
  const refused: Loaded['refused'] = [];
  const series: SeriesData[] = [];
  settled.forEach((one, place) => {
    if (one.status === 'fulfilled') series.push(...one.value);
    else if (one.reason instanceof ApiError) refused.push({ source: sources[place]!, reason: one.reason });
    else throw one.reason;
  });
  if (series.length === 0 && refused[0]) throw refused[0].reason;
  return { series, span, interval, refused };
}
