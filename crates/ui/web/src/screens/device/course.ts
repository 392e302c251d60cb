// A row of values as the path of a small line. It knows numbers only.

/** From left to right, the least at the bottom, the greatest at the top; gaps stay gaps, and a flat line is in the middle. */
export function courseOf(values: readonly (number | null)[], { width, height }: { width: number; height: number }): string {
  const known = values.filter((one) => one !== null);
  if (known.length < 2) return '';
  const [least, greatest] = known.reduce(([min, max], one) => [Math.min(min, one), Math.max(max, one)], [Infinity, -Infinity]);
  const room = greatest - least;
  const round = (value: number) => Math.round(value * 10) / 10;
  let isDown = false;
  return values
    .map((value, at) => {
      if (value === null) {
        isDown = false;
        return '';
      }
      const x = round(1 + (at / (values.length - 1)) * (width - 2));
      const y = round(room === 0 ? height / 2 : height - 1 - ((value - least) / room) * (height - 2));
      const part = `${isDown ? 'L' : 'M'}${x} ${y}`;
      isDown = true;
      return part;
    })
    .join('');
}

/** Values at equal distances over a span of time, from points that may have gaps; nulls where there is none. */
export function spread(
  times: readonly number[],
  values: ArrayLike<number | null>,
  from: number,
  interval: number,
  count: number,
): (number | null)[] {
  const all = Array<number | null>(count).fill(null);
  times.forEach((time, at) => {
    const place = Math.floor((time - from) / interval);
    if (place >= 0 && place < count) all[place] = values[at] ?? null;
  });
  return all;
}
