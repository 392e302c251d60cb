// Land that crosses the date line, on a plane.
import type { Feature, Polygon } from 'geojson';
import { describe, expect, it } from 'vitest';
import { planar } from './planar';

const land = (ring: number[][]): Feature<Polygon, { name: string }> => ({
  type: 'Feature',
  properties: { name: 'x' },
  geometry: { type: 'Polygon', coordinates: [ring] },
});
const outline = (ring: number[][]) => planar([land(ring)])[0]?.geometry.coordinates[0]?.[0] as number[][];

describe('the outline of a country', () => {
  it('stays as it is away from the date line', () => {
    const ring = [[5, 50], [15, 50], [15, 55], [5, 50]];
    expect(outline(ring)).toEqual(ring);
  });

  it('goes on beyond the date line instead of back around the world', () => {
    const ring = [[170, 60], [-170, 60], [-170, 70], [170, 70], [170, 60]];
    expect(outline(ring)).toEqual([[170, 60], [190, 60], [190, 70], [170, 70], [170, 60]]);
  });

  it('around a pole is closed along the edge of the plane', () => {
    const longitudes = outline([[-179, -70], [-60, -70], [60, -70], [179, -70], [-179, -70]]);
    expect(longitudes.slice(-4)).toEqual([[181, -70], [181, -90], [-179, -90], [-179, -70]]);
  });
});
