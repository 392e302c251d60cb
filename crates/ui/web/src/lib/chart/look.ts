// How somebody wants a line of a chart to look, and its form in an address. Knows no canvas and no server.

export const STYLES = ['line', 'step', 'points', 'bars'] as const;
export type Style = (typeof STYLES)[number];
export const SIDES = ['left', 'right'] as const;
export type Side = (typeof SIDES)[number];
/** How many colours the palette of the tokens has: `--series-1` to `--series-8`. */
export const COLOURS = 8;

/** What was chosen; what was not is as the chart has it by itself. */
export interface Look {
  label?: string;
  unit?: string;
  /** Of the palette, from 0. */
  colour?: number;
  /** Where its axis stands. */
  side?: Side;
  /** The ends of its axis. */
  least?: number;
  greatest?: number;
  style?: Style;
  hidden?: true;
}

/** Looks by the key of their line. */
export type Looks = ReadonlyMap<string, Look>;

const LABEL_MAX = 100;
const UNIT_MAX = 20;

/** Anybody may have written it: only what can be drawn is taken over. */
function checked(raw: ReadonlyMap<string, string>): Look {
  const text = (name: string, max: number) => raw.get(name)?.trim().slice(0, max) || undefined;
  const among = <T extends string>(name: string, all: readonly T[]) => all.find((one) => one === raw.get(name));
  const numeric = (name: string) => {
    const written = raw.get(name)?.trim();
    return written && Number.isFinite(Number(written)) ? Number(written) : undefined;
  };
  const colour = numeric('colour');
  const [least, greatest] = [numeric('least'), numeric('greatest')];
  const isRange = least === undefined || greatest === undefined || least < greatest;
  return compact({
    label: text('label', LABEL_MAX),
    unit: text('unit', UNIT_MAX),
    colour: colour !== undefined && Number.isInteger(colour) && colour >= 0 && colour < COLOURS ? colour : undefined,
    side: among('side', SIDES),
    least: isRange ? least : undefined,
    greatest: isRange ? greatest : undefined,
    style: among('style', STYLES.slice(1)),
    hidden: raw.get('hidden') === 'true' ? true : undefined,
  });
}

/** Without what is not chosen. */
export const compact = (look: { [Part in keyof Look]: Look[Part] | undefined }): Look =>
  Object.fromEntries(Object.entries(look).filter(([, value]) => value !== undefined)) as Look;

/** `key:part=value;part=value,…`, each encoded; a line without a look is left out. */
export function writeLooks(looks: Looks): string {
  const entries = [...looks].filter(([, look]) => Object.keys(look).length > 0);
  return entries
    .map(([key, look]) => {
      const parts = Object.entries(look).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
      return `${encodeURIComponent(key)}:${parts.join(';')}`;
    })
    .join(',');
}

export function readLooks(text: string | null): Looks {
  const looks = new Map<string, Look>();
  for (const entry of (text ?? '').split(',')) {
    const [key = '', parts = ''] = entry.split(':');
    try {
      const raw = parts.split(';').map((part) => part.split('=')).map(([name = '', value = '']) => [name, decodeURIComponent(value)] as const);
      const look = checked(new Map(raw));
      if (key && Object.keys(look).length > 0) looks.set(decodeURIComponent(key), look);
    } catch {
      // Not encoded: no look.
    }
  }
  return looks;
}
