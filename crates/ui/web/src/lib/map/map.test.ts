// Places, tracks and groups on maps.
import { describe, expect, it } from 'vitest';
import { countryName } from './country-names';
import { boundsOf, distanceKm, grouped, legsOf, positionOf, scaleBar, severityOf, strength, worst, type Place } from './places';
import { isWorker } from './worker-policy';

const place = (id: string, severity: Place['severity'] = 'NONE'): Place => ({ id, name: id, position: [0, 0], severity, at: undefined });

describe('a position', () => {
  it('is read from what devices send', () => {
    expect(positionOf({ lat: 48.1, lng: 11.5 })).toEqual([11.5, 48.1]);
    expect(positionOf({ lat: '48.1', lng: '11.5', alt: 500 })).toEqual([11.5, 48.1]);
    expect(positionOf({ lat: 0, lng: 0 })).toEqual([0, 0]);
  });

  it.each([undefined, null, 'x', {}, { lat: 48 }, { lat: '', lng: '' }, { lat: 91, lng: 0 }, { lat: 0, lng: 181 }, { lat: Number.NaN, lng: 1 }, { lat: null, lng: null }])(
    'is none: %j',
    (fragment) => expect(positionOf(fragment)).toBeUndefined(),
  );

  it('fades with its age', () => {
    const now = Date.parse('2026-11-22T00:00:00Z');
    const strengths = [0, 2, 48, 24 * 30].map((hours) => strength(now - hours * 3_600_000, now));
    expect([...strengths].sort((one, other) => other - one)).toEqual(strengths);
    expect(new Set(strengths).size).toBe(4);
  });
});

describe('severities', () => {
  it('of a thing are the worst of its open alarms', () => {
    expect(severityOf({ critical: 0, major: 2, minor: 5, warning: 1 })).toBe('MAJOR');
    expect(severityOf({ critical: 1 })).toBe('CRITICAL');
    expect(severityOf({ critical: 0 })).toBe('NONE');
    expect(severityOf(undefined)).toBe('NONE');
  });

  it('of a group are the worst of its things', () => {
    expect(worst([place('a'), place('b', 'MINOR'), place('c', 'WARNING')])).toBe('MINOR');
    expect(worst([])).toBe('NONE');
  });
});

describe('a track', () => {
  it('has distances and speeds in the order of time', () => {
    const fix = (id: string, lng: number, hour: number) => ({ id, position: [lng, 0] as const, at: hour * 3_600_000 });
    const legs = legsOf([fix('c', 2, 2), fix('a', 0, 0), fix('b', 1, 1)]);
    expect(legs.map((leg) => leg.fix.id)).toEqual(['a', 'b', 'c']);
    expect(legs[0]!.km).toBeUndefined();
    expect(legs[1]!.km).toBeCloseTo(111.19, 1);
    expect(legs[2]!.kmPerHour).toBeCloseTo(111.19, 1);
  });

  it('has no speed where two fixes have one time', () => {
    const fixes = [
      { id: 'a', position: [0, 0] as const, at: 5 },
      { id: 'b', position: [1, 0] as const, at: 5 },
    ];
    expect(legsOf(fixes)[1]!.kmPerHour).toBeUndefined();
  });

  it('knows distances', () => {
    expect(distanceKm([13.405, 52.52], [11.582, 48.135])).toBeCloseTo(504, 0);
  });
});

describe('groups', () => {
  it('join what lies in the same square and lose nothing', () => {
    const points = [
      { x: 1, y: 1, place: place('a') },
      { x: 3, y: 5, place: place('b') },
      { x: 90, y: 1, place: place('c') },
    ];
    const groups = grouped(points, 44);
    expect(groups.map((group) => group.places.length).sort()).toEqual([1, 2]);
    expect(groups.find((group) => group.places.length === 2)).toMatchObject({ x: 2, y: 3 });
  });
});

describe('the view', () => {
  it('fits around everything', () => {
    expect(boundsOf([[1, 2], [-3, 7], [4, 0]])).toEqual([[-3, 0], [4, 7]]);
    expect(boundsOf([])).toBeUndefined();
  });

  it('has a scale bar of a round length', () => {
    expect(scaleBar(1, 120)).toEqual({ metres: 100, width: 100 });
    expect(scaleBar(33, 120).metres).toBe(2000);
  });
});

describe('countries', () => {
  it('have the names of the reader', () => {
    expect(countryName('276', 'Germany', 'de-DE')).toBe('Deutschland');
    expect(countryName('036', 'Australia', 'de-DE')).toBe('Australien');
    expect(countryName(undefined, 'Kosovo', 'de-DE')).toBe('Kosovo');
  });
});

describe('the policy for scripts', () => {
  const [worker, page] = ['/ui/assets/maplibre-gl-worker-abc.mjs', 'https://iot.example/ui/#/map'];
  it('lets exactly the worker through', () => {
    expect(isWorker(worker, worker, page)).toBe(true);
    expect(isWorker(`https://iot.example${worker}`, worker, page)).toBe(true);
    for (const url of [`https://evil.example${worker}`, `${worker}?x`, '/ui/assets/other.mjs', 'data:text/javascript,1', 'blob:https://iot.example/1', ''])
      expect(isWorker(url, worker, page), url).toBe(false);
  });
});
