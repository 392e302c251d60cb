// What a map shows, as plain values: things at places with their worst alarm, and tracks. Knows no map and no server.

import { SEVERITIES, type SeverityName } from '../severity';

/** Alarm severities by rank; 0 is none. The rank decides which of several is shown. */
export const RANKS = ['NONE', ...SEVERITIES.toReversed()] as const;
export type MapSeverity = 'NONE' | SeverityName;

/** Longitude and latitude in degrees. */
export type Position = readonly [lng: number, lat: number];

export interface Place {
  id: string;
  name: string;
  position: Position;
  severity: MapSeverity;
  /** When the position was told, in milliseconds; nothing if that is not known. */
  at: number | undefined;
}

/** One point of a track. */
export interface Fix {
  id: string;
  position: Position;
  at: number;
}

export const rank = (severity: MapSeverity): number => RANKS.indexOf(severity);

export const worst = (places: readonly Place[]): MapSeverity =>
  RANKS[Math.max(0, ...places.map((place) => rank(place.severity)))]!;

/** A position from a fragment such as `c8y_Position`; nothing if it is none on earth. */
export function positionOf(fragment: unknown): Position | undefined {
  if (typeof fragment !== 'object' || fragment === null) return undefined;
  const { lat, lng } = fragment as { lat?: unknown; lng?: unknown };
  // Some devices send numbers as texts; an empty text is no zero.
  const [y, x] = [lat, lng].map((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value));
  if (typeof y !== 'number' || typeof x !== 'number') return undefined;
  if (!Number.isFinite(x) || !Number.isFinite(y) || Math.abs(y) > 90 || Math.abs(x) > 180) return undefined;
  return [x, y];
}

/** The worst severity of the numbers in `c8y_ActiveAlarmsStatus`. */
export function severityOf(counts: unknown): MapSeverity {
  if (typeof counts !== 'object' || counts === null) return 'NONE';
  const numbers = counts as Record<string, unknown>;
  const found = SEVERITIES.find((severity) => Number(numbers[severity.toLowerCase()] ?? 0) > 0);
  return found ?? 'NONE';
}

const HOUR = 3_600_000;

/** How strongly a place is drawn: what has not been heard of for long fades. */
export function strength(at: number | undefined, now: number): number {
  if (at === undefined) return 0.6;
  const age = now - at;
  return age < HOUR ? 1 : age < 24 * HOUR ? 0.8 : age < 7 * 24 * HOUR ? 0.6 : 0.45;
}

/** The least box around positions, as south-west and north-east corner; nothing without positions. */
export function boundsOf(positions: readonly Position[]): [Position, Position] | undefined {
  if (positions.length === 0) return undefined;
  let [west, south, east, north] = [180, 90, -180, -90];
  for (const [x, y] of positions) {
    west = Math.min(west, x);
    east = Math.max(east, x);
    south = Math.min(south, y);
    north = Math.max(north, y);
  }
  return [
    [west, south],
    [east, north],
  ];
}

/** How near a map goes to show these bounds: a single place is shown with the land around it. */
export function closest([southWest, northEast]: [Position, Position]): number {
  const isPoint = southWest[0] === northEast[0] && southWest[1] === northEast[1];
  return isPoint ? 7 : 14;
}

const EARTH_KM = 6371;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** The distance on the ground in kilometres (haversine). */
export function distanceKm(from: Position, to: Position): number {
  const [dx, dy] = [radians(to[0] - from[0]) / 2, radians(to[1] - from[1]) / 2];
  const a = Math.sin(dy) ** 2 + Math.cos(radians(from[1])) * Math.cos(radians(to[1])) * Math.sin(dx) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(a)));
}

export interface Leg {
  fix: Fix;
  /** From the fix before, in km and km/h; nothing for the first. */
  km: number | undefined;
  kmPerHour: number | undefined;
}

/** A track with the distance and mean speed of each leg, in the order of time. */
export function legsOf(fixes: readonly Fix[]): Leg[] {
  const ordered = [...fixes].sort((one, other) => one.at - other.at);
  return ordered.map((fix, place) => {
    const before = ordered[place - 1];
    if (!before) return { fix, km: undefined, kmPerHour: undefined };
    const km = distanceKm(before.position, fix.position);
    const hours = (fix.at - before.at) / HOUR;
    return { fix, km, kmPerHour: hours > 0 ? km / hours : undefined };
  });
}

export interface Group {
  x: number;
  y: number;
  places: Place[];
}

/** Joins what lies close together on the screen: whatever falls into the same square, at the mean of its points. */
export function grouped(points: readonly { x: number; y: number; place: Place }[], square: number): Group[] {
  const squares = new Map<string, Group>();
  for (const { x, y, place } of points) {
    const key = `${Math.floor(x / square)} ${Math.floor(y / square)}`;
    const group = squares.get(key);
    if (!group) {
      squares.set(key, { x, y, places: [place] });
      continue;
    }
    const count = group.places.push(place);
    group.x += (x - group.x) / count;
    group.y += (y - group.y) / count;
  }
  return [...squares.values()];
}

/** A length for a scale bar that is at most `pixels` wide: 1, 2 or 5 times a power of ten, in metres. */
export function scaleBar(metresPerPixel: number, pixels: number): { metres: number; width: number } {
  const most = metresPerPixel * pixels;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((factor) => factor * power).find((length) => length <= most) ?? power;
  return { metres, width: metres / metresPerPixel };
}
