// Draws a chart on a canvas with uPlot: a band from least to greatest and the averages for each line, over the axes that
// its lines have. Colours are read when drawing, so a new theme needs a redraw and nothing else. Knows no screen.

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { timeTexts, valueTexts } from './axis';
import { axesOf, colourOf, colourToken, dashOf, type ChartData, type Line, type Range, type ValueAxis } from './data';
import { COLOURS, type Style } from './look';

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
  JSON.stringify([height, data.lines.map((line) => [line.key, line.unit, line.place, !!line.min, !!line.hidden, line.look])]);

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
    for (const token of ['--ink-3', '--line', '--surface', ...Array.from({ length: COLOURS }, (_, place) => colourToken(place))]) {
      this.#colours.set(token, style.getPropertyValue(token).trim());
    }
  }

  #colour = (token: string): string => this.#colours.get(token) || '#777777';

  #options(lines: Line[], height: number): uPlot.Options {
    const font = `12.5px ${getComputedStyle(document.body).fontFamily || 'sans-serif'}`;
    const axisOf = axesOf(lines);
    const axes = [...new Set(axisOf.values())];
    const series: uPlot.Series[] = [{}];
    const bands: uPlot.Band[] = [];
    for (const line of lines) this.#addLine(line, axisOf.get(line.key)!.name, series, bands);
    return {
      width: Math.max(this.at.clientWidth, 100),
      height,
      series,
      bands,
      legend: { show: false },
      scales: { x: { time: true, range: (_, min, max) => this.#xRange(min, max) }, ...scales(axes) },
      axes: [this.#timeAxis(font), ...axes.map((axis, place) => this.#valueAxis(axis, place === 0, font))],
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

  #addLine(line: Line, scale: string, series: uPlot.Series[], bands: uPlot.Band[]): void {
    const colour = () => this.#colour(colourOf(line));
    const style = line.look?.style ?? 'line';
    series.push({
      scale,
      stroke: colour,
      width: style === 'bars' ? 0 : 1.5,
      // The edges of bars and of points are whole.
      ...(style === 'line' || style === 'step' ? { dash: dashOf(line.place) } : {}),
      ...(style === 'bars' && { fill: () => `${colour()}b3` }),
      paths: pathOf(style),
      spanGaps: false,
      points: { show: (plot, _, from, to) => (style === 'points' ? !crowded(plot, from, to) : sparse(plot, from, to)), size: style === 'points' ? 6 : 4, fill: colour },
    });
    if (!line.min || !line.max) return;
    const edge: uPlot.Series = { scale, width: 0, points: { show: false }, spanGaps: false, paths: pathOf(style === 'step' ? style : 'line') };
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

  #valueAxis({ name, unit, side }: ValueAxis, hasGrid: boolean, font: string): uPlot.Axis {
    return {
      font,
      scale: name,
      side: side === 'left' ? 3 : 1,
      stroke: () => this.#colour('--ink-3'),
      grid: { show: hasGrid, stroke: () => this.#colour('--line'), width: 1 },
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

/** How the averages are drawn. */
const PATHS: Record<Style, uPlot.Series.PathBuilder> = {
  line: uPlot.paths.linear!(),
  step: uPlot.paths.stepped!({ align: 1 }),
  points: () => null,
  bars: uPlot.paths.bars!({ size: [0.8, 60] }),
};

/** Where several values share a pixel nothing can be told apart: then it is a line, which is drawn pixel by pixel. */
const pathOf =
  (style: Style): uPlot.Series.PathBuilder =>
  (plot, place, from, to) =>
    (crowded(plot, from, to) ? PATHS.line : PATHS[style])(plot, place, from, to);

/** One scale for each axis, with some room around its lines where nobody has chosen its ends. */
const scales = (axes: readonly ValueAxis[]): uPlot.Scales =>
  Object.fromEntries(axes.map(({ name, least, greatest }) => [name, { range: (_, min, max) => ends(min, max, least, greatest) }]));

function ends(min: number | null, max: number | null, least?: number, greatest?: number): uPlot.Range.MinMax {
  const [from, to] = [min ?? least ?? 0, max ?? greatest ?? 1];
  const room = from === to ? Math.abs(from) * 0.1 || 1 : Math.abs(to - from) * 0.06;
  const low = least ?? Math.min(from - room, (greatest ?? Infinity) - room);
  return [low, greatest ?? Math.max(to + room, low + room)];
}

const crowded = (plot: uPlot, from: number, to: number): boolean => to - from > 4 * plot.bbox.width;

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
