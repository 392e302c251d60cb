// The data and axes of charts.
import { describe, expect, it } from 'vitest';
import { timeTexts, valueTexts } from './axis';
import { aligned, appended, axesOf, colourOf, colourToken, dashOf, type ChartData, type Line } from './data';

const line = (key: string, values: (number | null)[], unit = '°C') => ({ key, label: key, unit, place: 0, values });

describe('a chart', () => {
  it('puts lines with times of their own over one list of times, with gaps', () => {
    const data = aligned([
      { times: [1, 3], line: line('a', [10, 30]) },
      { times: [2, 3], line: { ...line('b', [20, 31]), min: [19, 30], max: [21, 32] } },
    ]);
    expect(data.times).toEqual([1, 2, 3]);
    expect(data.lines[0]!.values).toEqual([10, null, 30]);
    expect(data.lines[1]!.min).toEqual([null, 19, 30]);
  });

  it('takes in what arrives, once per time, and nothing from the past', () => {
    const data: ChartData = { times: [1, 2], lines: [line('a', [1, 2]), line('b', [5, null])] };
    const grown = appended(data, 3, new Map([['a', 3]]));
    expect(grown.times).toEqual([1, 2, 3]);
    expect(grown.lines.map((one) => one.values)).toEqual([[1, 2, 3], [5, null, null]]);
    const filled = appended(grown, 3, new Map([['b', 7]]));
    expect(filled.times).toEqual([1, 2, 3]);
    expect(filled.lines.map((one) => one.values)).toEqual([[1, 2, 3], [5, null, 7]]);
    expect(appended(filled, 2, new Map([['a', 9]]))).toBe(filled);
  });

  const sides = (lines: Line[]) => [...new Set(axesOf(lines).values())].map(({ unit, side }) => `${unit} ${side}`);

  it('has one axis per unit of what is shown, the first on the left', () => {
    expect(sides([line('a', [], '°C'), line('b', [], '%'), line('c', [], '°C')])).toEqual(['°C left', '% right']);
    expect(sides([{ ...line('a', [], '°C'), hidden: true }, line('b', [], '%')])).toEqual(['% left']);
  });

  it('has an axis more where somebody chose another side or other ends', () => {
    const onTheRight = { ...line('b', []), look: { side: 'right' as const } };
    expect(sides([line('a', []), onTheRight])).toEqual(['°C left', '°C right']);
    expect(sides([onTheRight, line('a', [])])).toEqual(['°C right']);
    expect(sides([onTheRight, line('a', [], '%')])).toEqual(['°C right', '% left']);
    const zoomed = { ...line('c', []), look: { least: 0, greatest: 5 } };
    const axes = axesOf([line('a', []), zoomed, { ...zoomed, key: 'd' }]);
    expect(axes.get('c')).toMatchObject({ least: 0, greatest: 5, side: 'right' });
    expect(axes.get('d')).toBe(axes.get('c'));
    expect(axes.get('a')).toMatchObject({ least: undefined, side: 'left' });
  });

  it('draws a line in the colour that was chosen', () => {
    expect(colourOf(line('a', []))).toBe('--series-1');
    expect(colourOf({ ...line('a', []), look: { colour: 4 } })).toBe('--series-5');
  });

  it('tells neighbours apart by colour and by dashes', () => {
    for (let place = 0; place < 16; place++) {
      expect(colourToken(place)).not.toBe(colourToken(place + 1));
      expect(dashOf(place)).not.toEqual(dashOf(place + 1));
    }
  });
});

describe('axes', () => {
  const at = (text: string) => Date.parse(text) / 1000;

  it('have 24 hours, and the day where it changes', () => {
    const times = ['2026-11-21T22:00', '2026-11-22T00:00', '2026-11-22T02:00'].map(at);
    expect(timeTexts('en-GB', times, 7200)).toEqual(['22:00', '22 Nov', '02:00']);
    expect(timeTexts('de-DE', times, 7200)[1]).toBe('22. Nov.');
  });

  it('are as precise as the steps', () => {
    expect(timeTexts('en-GB', [at('2026-11-22T02:00:05')], 5)).toEqual(['02:00:05']);
    expect(timeTexts('en-GB', [at('2026-11-22T00:00')], 86_400)).toEqual(['22 Nov']);
    expect(timeTexts('en-GB', [at('2026-11-01T00:00')], 30 * 86_400)).toEqual(['Nov 2026']);
  });

  it('write numbers as the language does, with the unit', () => {
    expect(valueTexts('de-DE', [0.5, 1], 0.5, '°C')).toEqual(['0,5\u2009°C', '1,0\u2009°C']);
    expect(valueTexts('en-GB', [0, 2_000_000], 1_000_000, '')).toEqual(['0', '2,000,000']);
  });
});
