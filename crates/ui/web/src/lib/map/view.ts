// What a map can do, whichever draws it: MapLibre on WebGL (gl.ts) or a plain canvas (canvas.ts).

import type { Place, Position } from './places';

/** What is on the map. */
export interface Content {
  places: readonly Place[];
  /** A line through positions in the order of time. */
  track: readonly Position[];
  /** A position that is marked. */
  marked: Position | undefined;
}

/** What the map tells. */
export interface MapEvents {
  /** These places were clicked; several where they cannot be told apart. */
  onpick(ids: string[]): void;
  /** What is seen has changed. */
  onmove(view: Seen): void;
}

export interface Seen {
  centre: Position;
  /** Doubles the size of everything with each whole number; 0 shows the earth 256 pixels wide. */
  zoom: number;
  west: number;
  south: number;
  east: number;
  north: number;
}

export interface MapView {
  show(content: Content): void;
  /** Moves so that both corners are seen. */
  fit(bounds: [Position, Position]): void;
  go(centre: Position, zoom: number): void;
  zoomBy(steps: number): void;
  showBorders(shown: boolean): void;
  /** Another theme or language. */
  redraw(): void;
  destroy(): void;
}

/** Metres on the ground for each pixel at the map's centre (web Mercator). */
export const metresPerPixel = (seen: Seen): number =>
  (156_543.034 * Math.cos((seen.centre[1] * Math.PI) / 180)) / 2 ** seen.zoom;

/** Whether a position is seen. */
export const isSeen = ([x, y]: Position, seen: Seen): boolean =>
  x >= seen.west && x <= seen.east && y >= seen.south && y <= seen.north;
