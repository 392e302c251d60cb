// The map on WebGL, with MapLibre: clusters, tracks, names of countries from local fonts. Loaded only when a map is
// shown. Throws when the browser has no WebGL2; the caller then takes canvas.ts.

import { Map as GlMap, setWorkerUrl, type GeoJSONSource, type MapGeoJSONFeature } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { Feature } from 'geojson';
import { i18n } from '../i18n.svelte';
import { colours, drawMark } from './colours';
import { closest, rank, RANKS, strength, type Position } from './places';
import { MARK, paints, style } from './style';
import type { Content, MapEvents, MapView, Seen } from './view';
import { labels, world, type World } from './world';
import { allowWorker } from './worker-policy';

/** MapLibre counts zoom for tiles of 512 pixels. */
const ZOOM_OFFSET = 1;

const points = (features: Feature[]) => ({ type: 'FeatureCollection' as const, features });

/** Makes the map and waits until it can show something. */
export async function glMap(at: HTMLElement, label: string, events: MapEvents): Promise<MapView> {
  allowWorker(workerUrl);
  setWorkerUrl(workerUrl);
  const land = await world('fine');
  const map = new GlMap({
    container: at,
    style: style(land, labels(land, i18n.locale), colours()),
    attributionControl: false,
    maplibreLogo: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    renderWorldCopies: true,
    maxZoom: 19,
    center: [10, 48],
    zoom: 1,
    locale: { 'Map.Title': label },
    fadeDuration: 0,
  });
  map.touchZoomRotate.disableRotation();
  const view = new GlView(map, land, events);
  await new Promise<void>((resolve, reject) => {
    map.once('load', () => resolve());
    map.once('error', (error) => reject(error.error));
  });
  return view;
}

class GlView implements MapView {
  constructor(
    private readonly map: GlMap,
    private readonly land: World,
    private readonly events: MapEvents,
  ) {
    this.#addMarks();
    for (const layer of ['clusters', 'places']) {
      map.on('click', layer, (event) => void this.#picked(event.features ?? []));
      map.on('mouseenter', layer, () => (map.getCanvas().style.cursor = 'pointer'));
      map.on('mouseleave', layer, () => (map.getCanvas().style.cursor = ''));
    }
    map.on('moveend', () => events.onmove(this.#seen()));
    map.on('load', () => events.onmove(this.#seen()));
  }

  show({ places, track, marked }: Content): void {
    const now = Date.now();
    const source = (name: string) => this.map.getSource<GeoJSONSource>(name);
    void source('places')?.setData(
      points(
        places.map((place) => ({
          type: 'Feature',
          geometry: { type: 'Point', coordinates: [...place.position] },
          properties: { id: place.id, name: place.name, rank: rank(place.severity), strength: strength(place.at, now) },
        })),
      ),
    );
    const line: Feature = {
      type: 'Feature',
      geometry: { type: 'LineString', coordinates: track.map((position) => [...position]) },
      properties: {},
    };
    void source('track')?.setData(points(track.length > 1 ? [line] : []));
    const mark = (position: Position): Feature => ({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [...position] },
      properties: {},
    });
    void source('fixes')?.setData(points(track.map(mark)));
    void source('marked')?.setData(points(marked ? [mark(marked)] : []));
  }

  fit(bounds: [Position, Position]): void {
    const edges = bounds.flat() as [number, number, number, number];
    this.map.fitBounds(edges, { padding: 48, maxZoom: closest(bounds) - ZOOM_OFFSET, animate: false });
  }

  go(centre: Position, zoom: number): void {
    this.map.jumpTo({ center: [centre[0], centre[1]], zoom: zoom - ZOOM_OFFSET });
  }

  zoomBy(steps: number): void {
    this.map.zoomTo(this.map.getZoom() + steps, { animate: !matchMedia('(prefers-reduced-motion: reduce)').matches });
  }

  showBorders(shown: boolean): void {
    this.map.setLayoutProperty('borders', 'visibility', shown ? 'visible' : 'none');
  }

  redraw(): void {
    for (const [layer, name, value] of paints(colours())) this.map.setPaintProperty(layer, name as never, value as never);
    this.#addMarks();
    void this.map.getSource<GeoJSONSource>('names')?.setData(labels(this.land, i18n.locale));
  }

  destroy(): void {
    this.map.remove();
  }

  /** The marks of severities as images. */
  #addMarks(): void {
    const all = colours();
    for (const severity of RANKS) {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = MARK.size;
      const context = canvas.getContext('2d', { willReadFrequently: true });
      if (!context) continue;
      drawMark(context, MARK.size / 2, MARK.size / 2, MARK.size / 3, severity, all);
      const image = context.getImageData(0, 0, MARK.size, MARK.size);
      const name = `mark-${rank(severity)}`;
      if (this.map.hasImage(name)) this.map.updateImage(name, image);
      else this.map.addImage(name, image, { pixelRatio: MARK.pixelRatio });
    }
  }

  async #picked(features: MapGeoJSONFeature[]): Promise<void> {
    const [first] = features;
    if (!first) return;
    if (!first.properties.cluster) return this.events.onpick(features.map((feature) => String(feature.properties.id)));
    const source = this.map.getSource<GeoJSONSource>('places');
    if (!source) return;
    const id = Number(first.properties.cluster_id);
    const zoom = await source.getClusterExpansionZoom(id);
    const centre = (first.geometry as GeoJSON.Point).coordinates as [number, number];
    if (zoom <= MARK.clusterZoomMax) {
      this.map.easeTo({ center: centre, zoom });
      return;
    }
    // Things at the same place are never told apart by zooming.
    const leaves = await source.getClusterLeaves(id, 200, 0);
    this.events.onpick(leaves.map((leaf) => String(leaf.properties?.id)));
  }

  #seen(): Seen {
    const [bounds, centre] = [this.map.getBounds(), this.map.getCenter()];
    return {
      centre: [centre.lng, centre.lat],
      zoom: this.map.getZoom() + ZOOM_OFFSET,
      west: bounds.getWest(),
      south: bounds.getSouth(),
      east: bounds.getEast(),
      north: bounds.getNorth(),
    };
  }
}
