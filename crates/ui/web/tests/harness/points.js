// Half a million points for a chart, and how long they take to be drawn. What the platform would have to send for that is
// made up; what draws it is not.

export const POINTS = 500_000;

/** Draws them in this page: once with a cold engine, then as when somebody changes the theme. Milliseconds of each time. */
export async function drawHalfAMillion(page, device) {
  const from = Date.parse('2026-01-01T00:00:00Z');
  await page.route('**/measurement/measurements/series?*', (route) => {
    const values = {};
    for (let at = 0; at < POINTS; at += 1) {
      const value = Math.round(1000 * Math.sin(at / 5_000) + (at % 97)) / 10;
      values[new Date(from + at).toISOString()] = [{ min: value, max: value }];
    }
    return route.fulfill({ json: { values, series: [{ type: 'c8y_Temperature', name: 'T', unit: '°C' }], truncated: false } });
  });
  const span = `from=${new Date(from).toISOString()}&to=${new Date(from + POINTS).toISOString()}`;
  await page.goto(`/ui/#/devices/${device}/measurements?${span}&series=c8y_Temperature.T`);
  await page.getByText('500,000 values').waitFor({ timeout: 60_000 });
  for (const colorScheme of ['dark', 'light', 'dark']) await page.emulateMedia({ colorScheme });
  return page.evaluate(() => performance.getEntriesByName('holdfast.chart').map((one) => one.duration));
}
