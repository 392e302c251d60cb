// Land for maps that are planes. On the ball that the data is made for, an outline may cross the date line; drawn as it is,
// it would then run back around the whole world. It knows no map.

import type { Feature, MultiPolygon, Polygon, Position } from 'geojson';

type Land = Feature<Polygon | MultiPolygon, { name: string }>;

/** The same land with outlines that go on beyond 180 degrees, and around the pole along the edge of the plane. */
export function planar(land: readonly Land[]): Land[] {
  return land.map((country) => {
    const { geometry } = country;
    const parts = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    const coordinates = parts.flatMap((rings) => {
      const [outline, ...holes] = rings.map(unrolled);
      return outline ? [[outline.ring, ...holes.filter((hole) => !hole.aroundPole).map((hole) => hole.ring)]] : [];
    });
    return { ...country, geometry: { type: 'MultiPolygon', coordinates } };
  });
}

function unrolled(ring: readonly Position[]): { ring: Position[]; aroundPole: boolean } {
  let turns = 0;
  let before = ring[0]?.[0] ?? 0;
  const all = ring.map(([longitude = 0, latitude = 0]): Position => {
    if (Math.abs(longitude - before) > 180) turns += longitude < before ? 1 : -1;
    before = longitude;
    return [longitude + 360 * turns, latitude];
  });
  const first = all[0];
  const last = all.at(-1);
  const aroundPole = turns !== 0 && !!first && !!last;
  if (aroundPole) {
    const pole = first[1]! < 0 ? -90 : 90;
    all.push([last[0]!, pole], [first[0]!, pole], first);
  }
  // Most of it lies in the world, not beside it.
  const middle = all.reduce((sum, [longitude = 0]) => sum + longitude, 0) / Math.max(1, all.length);
  const aside = Math.round(middle / 360) * 360;
  return { ring: aside === 0 ? all : all.map(([longitude = 0, latitude = 0]) => [longitude - aside, latitude]), aroundPole };
}
