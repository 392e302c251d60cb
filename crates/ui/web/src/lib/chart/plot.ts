// Draws a chart on a canvas with uPlot: a band from least to greatest and a line of averages for each line, one axis
// for each unit. Colours are read when drawing, so a new theme needs a redraw and nothing else. Knows no screen.

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { timeTexts, valueTexts } from './axis';
import { colourToken, dashOf, unitsOf, type ChartData, type Line, type Range } from './data';

interface PlotEvents {
  /** The reader has marked a range. */
  onrange?: ((range: Range) => void) | undefined;
  /** The reader wants to see more. */
  onzoomout?: (() => void) | undefined;
  /** The pointer stands at this point; nothing if it has left. */
  oncursor?: ((place: number | undefined) => void) | undefined;
  /** Where the lines are drawn, in pixels from the left: without the axes. */
  onarea?: ((area: { left: number; width: number }) => void) | undefined;
}

/** What makes another plot necessary; everything else is new data of the same plot. */
export const shapeOf = (data: ChartData, height: number): string =>
  JSON.stringify([height, data.lines.map((line) => [line.key, line.unit, line.place, !!line.min, !!line.hidden])]);

export class Plot {
  #plot: uPlot;
  #colours = new Map<string, string>();
  #range: Range | undefined;
  #began = performance.now();
  // Tells the size once at the beginning too: styles may come after the element.
  readonly #sizes = new ResizeObserver(() => this.#resize(this.at.clientWidth));

  constructor(
    private readonly at: HTMLElement,
    data: ChartData,
    range: Range | undefined,
    height: number,
    private readonly locale: () => string,
    private readonly events: PlotEvents,
  ) {
    this.#range = range;
    this.#readColours();
    const lines = shown(data);
    this.#plot = new uPlot(this.#options(lines, height), columns(data.times, lines), at);
    this.#sizes.observe(at);
  }

  /** New values of the same lines. */
  show(data: ChartData, range: Range | undefined): void {
    this.#range = range;
    this.#began = performance.now();
    this.#plot.setData(columns(data.times, shown(data)));
  }

  /** Draws again: another theme, another language, or the font has come. */
  redraw(): void {
    this.#readColours();
    this.#began = performance.now();
    this.#plot.redraw(true, true);
  }

  #resize(width: number): void {
    if (width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: this.#plot.height });
  }

  destroy(): void {
    this.#sizes.disconnect();
    this.#plot.destroy();
  }

  #readColours(): void {
    const style = getComputedStyle(document.documentElement);
    this.#colours.clear();
    for (const token of ['--ink-3', '--line', '--surface', ...Array.from({ length: 8 }, (_, place) => colourToken(place))]) {
      this.#colours.set(token, style.getPropertyValue(token).trim());
    }
  }

  #colour = (token: string): string => this.#colours.get(token) || '#777777';

  #options(lines: Line[], height: number): uPlot.Options {
    const font = `12.5px ${getComputedStyle(document.body).fontFamily || 'sans-serif'}`;
    const units = unitsOf(lines);
    const series: uPlot.Series[] = [{}];
    const bands: uPlot.Band[] = [];
    for (const line of lines) this.#addLine(line, series, bands);
    return {
      width: Math.max(this.at.clientWidth, 100),
      height,
      series,
      bands,
      legend: { show: false },
      scales: { x: { time: true, range: (_, min, max) => this.#xRange(min, max) }, ...scales(units) },
      axes: [this.#timeAxis(font), ...units.map((unit, place) => this.#valueAxis(unit, place, font))],
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false, dist: 5 },
        points: { size: 7 },
        bind: { dblclick: () => () => (this.events.onzoomout?.(), null) },
      },
      hooks: {
        // For the browser's own tools: how long it took from the data to the picture.
        draw: [() => performance.measure('holdfast.chart', { start: this.#began })],
        drawClear: [(plot) => this.#tellArea(plot)],
        setSelect: [(plot) => this.#selected(plot)],
        setCursor: [(plot) => this.events.oncursor?.(plot.cursor.idx ?? undefined)],
      },
    };
  }

  #tellArea({ bbox }: uPlot): void {
    this.events.onarea?.({ left: bbox.left / devicePixelRatio, width: bbox.width / devicePixelRatio });
  }

  #xRange(min: number | null, max: number | null): uPlot.Range.MinMax {
    if (this.#range) return [this.#range[0], this.#range[1]];
    if (min === null || max === null) return [0, 1];
    return min === max ? [min - 60, max + 60] : [min, max];
  }

  #addLine(line: Line, series: uPlot.Series[], bands: uPlot.Band[]): void {
    const colour = () => this.#colour(colourToken(line.place));
    const own: uPlot.Series = {
      scale: scaleOf(line.unit),
      stroke: colour,
      width: 1.5,
      dash: dashOf(line.place),
      spanGaps: false,
      points: { show: (plot, _, from, to) => sparse(plot, from, to), size: 4 },
    };
    series.push(own);
    if (!line.min || !line.max) return;
    const edge: uPlot.Series = { scale: scaleOf(line.unit), width: 0, points: { show: false }, spanGaps: false };
    series.push({ ...edge }, { ...edge });
    const upper = series.length - 1;
    bands.push({ series: [upper, upper - 1], fill: () => `${colour()}33` });
  }

  #timeAxis(font: string): uPlot.Axis {
    return {
      font,
      stroke: () => this.#colour('--ink-3'),
      grid: { stroke: () => this.#colour('--line'), width: 1 },
      ticks: { show: false },
      space: 80,
      size: 32,
      values: (_, splits, __, ___, step) => timeTexts(this.locale(), splits, step),
    };
  }

  #valueAxis(unit: string, place: number, font: string): uPlot.Axis {
    return {
      font,
      scale: scaleOf(unit),
      side: place === 0 ? 3 : 1,
      stroke: () => this.#colour('--ink-3'),
      grid: { show: place === 0, stroke: () => this.#colour('--line'), width: 1 },
      ticks: { show: false },
      values: (_, splits, __, ___, step) => valueTexts(this.locale(), splits, step, unit),
      size: (plot, texts) => widest(plot, texts, font),
    };
  }

  #selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 5) return;
    const range = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')] as const;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.events.onrange?.(range);
  }
}

const shown = (data: ChartData): Line[] => data.lines.filter((line) => !line.hidden);

function columns(times: ArrayLike<number>, lines: Line[]): uPlot.AlignedData {
  const parts = lines.flatMap((line) => (line.min && line.max ? [line.values, line.min, line.max] : [line.values]));
  return [times, ...parts] as unknown as uPlot.AlignedData;
}

/** The name of a unit's scale; never empty, also for values without unit. */
const scaleOf = (unit: string): string => `y ${unit}`;

/** One scale for each unit; a flat line gets some room around it. */
function scales(units: readonly string[]): uPlot.Scales {
  const range: uPlot.Scale.Range = (_, min, max) => {
    if (min === null || max === null) return [0, 1];
    const room = min === max ? Math.abs(min) * 0.1 || 1 : (max - min) * 0.06;
    return [min - room, max + room];
  };
  return Object.fromEntries(units.map((unit) => [scaleOf(unit), { range }]));
}

/** Points are drawn where they are far apart: a lonely value between gaps must not vanish. */
function sparse(plot: uPlot, from: number, to: number): boolean {
  return (to - from) * 12 < plot.bbox.width / devicePixelRatio;
}

function widest(plot: uPlot, texts: string[] | null, font: string): number {
  const context = plot.ctx;
  context.save();
  context.font = font;
  const width = Math.max(0, ...(texts ?? []).map((text) => context.measureText(text).width));
  context.restore();
  return Math.ceil(width) + 16;
}
