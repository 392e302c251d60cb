// The layers of the WebGL map and their colours. Text is drawn from local fonts, because there is no server for glyphs.

import type { FeatureCollection, Point } from 'geojson';
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { Colours } from './colours';
import { planar } from './planar';
import type { World } from './world';

/** How marks of severities are made, and up to where places are joined. */
export const MARK = { size: 48, pixelRatio: 2, clusterZoomMax: 16 } as const;

const FONT = ['Atkinson Hyperlegible Next Variable', 'sans-serif'];
const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] };

export function style(land: World, names: FeatureCollection<Point>, colours: Colours): StyleSpecification {
  return {
    version: 8,
    sources: {
      countries: { type: 'geojson', data: { type: 'FeatureCollection', features: planar(land.countries.features) } },
      borders: { type: 'geojson', data: land.borders },
      names: { type: 'geojson', data: names },
      track: { type: 'geojson', data: EMPTY },
      fixes: { type: 'geojson', data: EMPTY },
      marked: { type: 'geojson', data: EMPTY },
      places: {
        type: 'geojson',
        data: EMPTY,
        cluster: true,
        clusterRadius: 44,
        clusterMaxZoom: MARK.clusterZoomMax,
        clusterProperties: { worst: ['max', ['get', 'rank']] },
      },
    },
    layers: layers(colours),
  };
}

function layers(colours: Colours): LayerSpecification[] {
  const paint = new Map<string, Record<string, unknown>>();
  for (const [layer, name, value] of paints(colours)) paint.set(layer, { ...paint.get(layer), [name]: value });
  const all = [
    { id: 'sea', type: 'background' },
    { id: 'land', type: 'fill', source: 'countries' },
    { id: 'borders', type: 'line', source: 'borders' },
    {
      id: 'names',
      type: 'symbol',
      source: 'names',
      minzoom: 1.5,
      layout: {
        'text-field': ['get', 'name'],
        'text-font': FONT,
        'text-size': 12.5,
        'text-max-width': 7,
        'symbol-sort-key': ['-', 0, ['get', 'size']],
        'text-padding': 6,
      },
    },
    { id: 'track', type: 'line', source: 'track', layout: { 'line-join': 'round', 'line-cap': 'round' } },
    { id: 'fixes', type: 'circle', source: 'fixes' },
    { id: 'marked', type: 'circle', source: 'marked' },
    { id: 'clusters', type: 'circle', source: 'places', filter: ['has', 'point_count'] },
    {
      id: 'counts',
      type: 'symbol',
      source: 'places',
      filter: ['has', 'point_count'],
      layout: {
        'text-field': ['to-string', ['get', 'point_count']],
        'text-font': FONT,
        'text-size': 13,
        'text-allow-overlap': true,
        'text-ignore-placement': true,
      },
    },
    {
      id: 'cluster-marks',
      type: 'symbol',
      source: 'places',
      filter: ['all', ['has', 'point_count'], ['>', ['get', 'worst'], 0]],
      layout: {
        'icon-image': ['concat', 'mark-', ['get', 'worst']],
        'icon-offset': [14, -14],
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
      },
    },
    {
      id: 'places',
      type: 'symbol',
      source: 'places',
      filter: ['!', ['has', 'point_count']],
      layout: {
        'icon-image': ['concat', 'mark-', ['get', 'rank']],
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        'symbol-sort-key': ['get', 'rank'],
      },
    },
  ];
  return all.map((layer) => ({ ...layer, paint: paint.get(layer.id) ?? {} })) as LayerSpecification[];
}

/** Every colour of every layer: what another theme changes. */
export function paints(colours: Colours): [layer: string, name: string, value: unknown][] {
  const byWorst = ['match', ['get', 'worst'], 4, colours.critical, 3, colours.major, 2, colours.warn, 1, colours.info, colours.accent];
  return [
    ['sea', 'background-color', colours.sea],
    ['land', 'fill-color', colours.land],
    ['borders', 'line-color', colours.border],
    ['names', 'text-color', colours['ink-2']],
    ['names', 'text-halo-color', colours.land],
    ['names', 'text-halo-width', 1],
    ['track', 'line-color', colours.accent],
    ['track', 'line-width', 3],
    ['fixes', 'circle-color', colours.surface],
    ['fixes', 'circle-radius', 3],
    ['fixes', 'circle-stroke-color', colours.accent],
    ['fixes', 'circle-stroke-width', 1.5],
    ['marked', 'circle-color', colours.accent],
    ['marked', 'circle-radius', 8],
    ['marked', 'circle-stroke-color', colours.surface],
    ['marked', 'circle-stroke-width', 3],
    ['clusters', 'circle-color', colours.surface],
    ['clusters', 'circle-radius', ['step', ['get', 'point_count'], 14, 10, 17, 100, 21, 1000, 26]],
    ['clusters', 'circle-stroke-color', byWorst],
    ['clusters', 'circle-stroke-width', 3],
    ['counts', 'text-color', colours.ink],
    ['places', 'icon-opacity', ['get', 'strength']],
  ];
}
