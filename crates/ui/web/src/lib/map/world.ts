// The world that comes with the program: countries from Natural Earth (public domain) in two resolutions. Loaded when a
// map is shown, from our own origin.

import { geoArea, geoCentroid } from 'd3-geo';
import type { Feature, FeatureCollection, MultiLineString, Point, Polygon, MultiPolygon } from 'geojson';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import fine from 'world-atlas/countries-50m.json?url';
import coarse from 'world-atlas/countries-110m.json?url';
import { countryName } from './country-names';

type Land = Feature<Polygon | MultiPolygon, { name: string }>;

export interface World {
  countries: FeatureCollection<Polygon | MultiPolygon, { name: string }>;
  /** Lines that two countries share. */
  borders: MultiLineString;
}

const loaded = new Map<string, Promise<World>>();

/** The world, once per page and resolution. */
export function world(resolution: 'fine' | 'coarse'): Promise<World> {
  const url = resolution === 'fine' ? fine : coarse;
  let promise = loaded.get(url);
  if (!promise) {
    promise = load(url);
    loaded.set(url, promise);
    promise.catch(() => loaded.delete(url));
  }
  return promise;
}

async function load(url: string): Promise<World> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`the map could not be loaded: ${answer.status}`);
  const topology = (await answer.json()) as Topology<{ countries: GeometryCollection<{ name: string }> }>;
  const { countries } = topology.objects;
  return {
    countries: feature(topology, countries) as World['countries'],
    borders: mesh(topology, countries as never, (one, other) => one !== other),
  };
}

/** One point for the name of each country: in the middle of its largest part, because a name on every part repeats. */
export function labels(land: World, locale: string): FeatureCollection<Point, { name: string; size: number }> {
  const features = land.countries.features.map((country) => {
    const part = largest(country);
    const name = countryName(country.id === undefined ? undefined : String(country.id), country.properties.name, locale);
    const geometry: Point = { type: 'Point', coordinates: geoCentroid(part) };
    return { type: 'Feature' as const, geometry, properties: { name, size: geoArea(part) } };
  });
  return { type: 'FeatureCollection', features };
}

function largest(country: Land): Polygon {
  if (country.geometry.type === 'Polygon') return country.geometry;
  const parts = country.geometry.coordinates.map((coordinates) => ({ type: 'Polygon' as const, coordinates }));
  return parts.reduce((best, part) => (geoArea(part) > geoArea(best) ? part : best));
}
