// The map on a plain canvas: for browsers without WebGL, for tests, and for small cards. Pans and zooms; the keyboard
// does the same. Draws the coarse world.

import { geoMercator, geoPath, type GeoProjection } from 'd3-geo';
import { colourOf, colours, drawMark } from './colours';
import { closest, grouped, strength, worst, type Group, type Position } from './places';
import type { Content, MapEvents, MapView, Seen } from './view';
import { world, type World } from './world';

const ZOOM_MIN = 0;
const ZOOM_MAX = 20;
/** Places closer than this are joined, in pixels. */
const SQUARE = 44;
const TURN = 2 * Math.PI;

interface CanvasOptions {
  /** Whether it can be moved; a card cannot. */
  moves: boolean;
}

export async function canvasMap(
  canvas: HTMLCanvasElement,
  events: MapEvents,
  options: CanvasOptions = { moves: true },
): Promise<MapView> {
  return new CanvasView(canvas, await world('coarse'), events, options);
}

class CanvasView implements MapView {
  #centre: Position = [10, 30];
  #zoom = 1;
  #content: Content = { places: [], track: [], marked: undefined };
  #groups: Group[] = [];
  #borders = true;
  #frame = 0;
  readonly #projection: GeoProjection = geoMercator();
  readonly #observer = new ResizeObserver(() => this.#draw());
  readonly #ending = new AbortController();

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly land: World,
    private readonly events: MapEvents,
    options: CanvasOptions,
  ) {
    this.#observer.observe(canvas);
    if (options.moves) this.#listen();
    this.#draw();
  }

  show(content: Content): void {
    this.#content = content;
    this.#draw();
  }

  fit(bounds: [Position, Position]): void {
    const [southWest, northEast] = bounds;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const unit = geoMercator().scale(256 / TURN).translate([0, 0]);
    const [west, south] = unit([...southWest])!;
    const [east, north] = unit([...northEast])!;
    const room = Math.min((width - 96) / Math.max(east - west, 1e-9), (height - 96) / Math.max(south - north, 1e-9));
    const middle = unit.invert!([(west + east) / 2, (north + south) / 2])!;
    this.go(middle, Math.min(closest(bounds), Math.log2(Math.max(room, 1))));
  }

  go(centre: Position, zoom: number): void {
    this.#centre = [centre[0], Math.max(-84, Math.min(84, centre[1]))];
    this.#zoom = Math.max(ZOOM_MIN, Math.min(ZOOM_MAX, zoom));
    this.#draw();
    this.events.onmove(this.#seen());
  }

  zoomBy(steps: number): void {
    this.go(this.#centre, this.#zoom + steps);
  }

  showBorders(shown: boolean): void {
    this.#borders = shown;
    this.#draw();
  }

  redraw(): void {
    this.#draw();
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#observer.disconnect();
    this.#ending.abort();
  }

  #draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#paint());
  }

  #project(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    this.#projection
      .scale((256 / TURN) * 2 ** this.#zoom)
      .center([...this.#centre])
      .translate([width / 2, height / 2])
      .clipExtent([
        [-20, -20],
        [width + 20, height + 20],
      ]);
  }

  #paint(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const context = this.canvas.getContext('2d');
    if (!context || width === 0 || height === 0) return;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#project();
    const all = colours();
    context.fillStyle = all.sea;
    context.fillRect(0, 0, width, height);
    const path = geoPath(this.#projection, context);
    context.beginPath();
    path(this.land.countries);
    context.fillStyle = all.land;
    context.fill();
    if (this.#borders) {
      context.beginPath();
      path(this.land.borders);
      context.strokeStyle = all.border;
      context.lineWidth = 0.8;
      context.stroke();
    }
    this.#paintTrack(context, all.accent, all.surface);
    this.#paintPlaces(context, width, height);
  }

  #paintTrack(context: CanvasRenderingContext2D, line: string, inner: string): void {
    const at = (position: Position) => this.#projection([...position]) ?? [0, 0];
    const { track, marked } = this.#content;
    context.strokeStyle = line;
    context.lineWidth = 3;
    context.beginPath();
    for (const position of track) context.lineTo(...(at(position) as [number, number]));
    context.stroke();
    const dot = (position: Position, radius: number, fill: string, stroke: string, width: number) => {
      context.beginPath();
      const [x, y] = at(position);
      context.arc(x!, y!, radius, 0, TURN);
      context.fillStyle = fill;
      context.strokeStyle = stroke;
      context.lineWidth = width;
      context.fill();
      context.stroke();
    };
    for (const position of track) dot(position, 3, inner, line, 1.5);
    if (marked) dot(marked, 8, line, inner, 3);
  }

  #paintPlaces(context: CanvasRenderingContext2D, width: number, height: number): void {
    const all = colours();
    const now = Date.now();
    const points = this.#content.places.flatMap((place) => {
      const [x, y] = this.#projection([...place.position]) ?? [-1, -1];
      return x! < -20 || y! < -20 || x! > width + 20 || y! > height + 20 ? [] : [{ x: x!, y: y!, place }];
    });
    this.#groups = grouped(points, SQUARE);
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.font = `13px ${getComputedStyle(this.canvas).fontFamily}`;
    for (const { x, y, places } of this.#groups) {
      const [only] = places;
      if (places.length === 1 && only) {
        context.globalAlpha = strength(only.at, now);
        drawMark(context, x, y, 8, only.severity, all);
        context.globalAlpha = 1;
        continue;
      }
      const severity = worst(places);
      const radius = places.length < 10 ? 14 : places.length < 100 ? 17 : places.length < 1000 ? 21 : 26;
      context.beginPath();
      context.arc(x, y, radius, 0, TURN);
      context.fillStyle = all.surface;
      context.strokeStyle = colourOf(severity, all);
      context.lineWidth = 3;
      context.fill();
      context.stroke();
      context.fillStyle = all.ink;
      context.fillText(String(places.length), x, y);
      if (severity !== 'NONE') drawMark(context, x + radius * 0.8, y - radius * 0.8, 7, severity, all);
    }
  }

  #seen(): Seen {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    this.#project();
    const [west, north] = this.#projection.invert?.([0, 0]) ?? [-180, 85];
    const [east, south] = this.#projection.invert?.([width, height]) ?? [180, -85];
    const isWhole = width >= 256 * 2 ** this.#zoom;
    return { centre: this.#centre, zoom: this.#zoom, west: isWhole ? -180 : west!, south: south!, east: isWhole ? 180 : east!, north: north! };
  }

  /** The position that lies at a point of the canvas. */
  #under(x: number, y: number): Position {
    this.#project();
    const [lng, lat] = this.#projection.invert?.([x, y]) ?? [0, 0];
    return [lng!, lat!];
  }

  /** Zooms and keeps what lies under this point where it is. */
  #zoomAt(x: number, y: number, steps: number): void {
    const before = this.#under(x, y);
    this.#zoom = Math.max(ZOOM_MIN, Math.min(ZOOM_MAX, this.#zoom + steps));
    const after = this.#under(x, y);
    this.go([this.#centre[0] + before[0] - after[0], this.#centre[1] + before[1] - after[1]], this.#zoom);
  }

  #pan(dx: number, dy: number): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    this.go(this.#under(width / 2 - dx, height / 2 - dy), this.#zoom);
  }

  #listen(): void {
    const { canvas } = this;
    const { signal } = this.#ending;
    let from: { x: number; y: number } | undefined;
    let isDrag = false;
    canvas.addEventListener(
      'pointerdown',
      (event) => {
        from = { x: event.clientX, y: event.clientY };
        isDrag = false;
        canvas.setPointerCapture(event.pointerId);
      },
      { signal },
    );
    canvas.addEventListener(
      'pointermove',
      (event) => {
        if (!from) return;
        const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
        if (!isDrag && Math.hypot(dx, dy) < 4) return;
        isDrag = true;
        from = { x: event.clientX, y: event.clientY };
        this.#pan(dx, dy);
      },
      { signal },
    );
    canvas.addEventListener(
      'pointerup',
      (event) => {
        if (from && !isDrag) this.#clicked(event.offsetX, event.offsetY);
        from = undefined;
      },
      { signal },
    );
    canvas.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        this.#zoomAt(event.offsetX, event.offsetY, event.deltaY < 0 ? 0.5 : -0.5);
      },
      { signal, passive: false },
    );
    canvas.addEventListener('keydown', (event) => this.#pressed(event), { signal });
  }

  #pressed(event: KeyboardEvent): void {
    const moves: Record<string, [number, number]> = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };
    const move = moves[event.key];
    if (move) this.#pan(...move);
    else if (event.key === '+' || event.key === '=') this.zoomBy(1);
    else if (event.key === '-') this.zoomBy(-1);
    else return;
    event.preventDefault();
  }

  #clicked(x: number, y: number): void {
    const group = this.#groups.find((one) => Math.hypot(one.x - x, one.y - y) < SQUARE / 2);
    if (!group) return;
    const isSpread = group.places.some((place) => place.position.some((part, axis) => part !== group.places[0]!.position[axis]));
    if (group.places.length > 1 && isSpread && this.#zoom < ZOOM_MAX) {
      this.#zoomAt(group.x, group.y, 2);
      return;
    }
    this.events.onpick(group.places.map((place) => place.id));
  }
}
