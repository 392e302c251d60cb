// Times and numbers at the axes of a chart, in the reader's language and with 24 hours. Knows no canvas.

const DAY = 86_400;

type Format = (date: Date) => string;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, name: string, options: Intl.DateTimeFormatOptions): Format {
  const key = `${locale} ${name}`;
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale, { hourCycle: 'h23', ...options })));
  return (date) => made.format(date);
}

/** The texts of a time axis: as precise as the steps need, with the day where it changes. */
export function timeTexts(locale: string, seconds: readonly number[], step: number): string[] {
  const minutes = format(locale, 'm', { hour: '2-digit', minute: '2-digit' });
  const precise = format(locale, 's', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const finest = format(locale, 'ms', { minute: '2-digit', second: '2-digit', fractionalSecondDigits: 1 });
  const day = format(locale, 'd', { day: 'numeric', month: 'short' });
  const month = format(locale, 'M', { month: 'short', year: 'numeric' });
  const clock = step < 1 ? finest : step < 60 ? precise : minutes;
  let before: string | undefined;
  return seconds.map((second) => {
    const date = new Date(second * 1000);
    if (step >= 28 * DAY) return month(date);
    if (step >= DAY) return day(date);
    const today = day(date);
    const isNew = before !== undefined && today !== before;
    before = today;
    return isNew ? today : clock(date);
  });
}

/** The texts of a value axis, with the unit behind a thin space. */
export function valueTexts(locale: string, values: readonly number[], step: number, unit: string): string[] {
  const digits = step > 0 ? Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))) : 0;
  const isLarge = values.some((value) => Math.abs(value) >= 1e9);
  const numbers = new Intl.NumberFormat(
    locale,
    isLarge ? { notation: 'scientific', maximumFractionDigits: 3 } : { minimumFractionDigits: digits, maximumFractionDigits: digits },
  );
  return values.map((value) => numbers.format(value) + (unit ? `\u2009${unit}` : ''));
}
