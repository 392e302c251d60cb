// Tables as text, written and read. Files for people are made for spreadsheets: what one would take for a formula is kept
// as text. Files for the platform alter nothing.

type Cell = string | number | undefined;
export type Row = readonly Cell[];

const quoted = (text: string): string => (/[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const exact = (cell: Cell): string => quoted(String(cell ?? ''));
/** Numbers stay numbers; a text that begins like a formula gets `'` before it. */
const harmless = (cell: Cell): string => exact(typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell);

const lines = (rows: readonly Row[], cell: (one: Cell) => string, separator: string): string =>
  rows.map((row) => `${row.map(cell).join(separator)}\r\n`).join('');

/** A file for people, with commas. */
export const spreadsheet = (rows: readonly Row[]): string => lines(rows, harmless, ',');

/** A file for the platform, with semicolons: every cell is what it is. */
export const exactTable = (rows: readonly Row[]): string => lines(rows, exact, ';');

const SEPARATORS = [';', '\t', ','] as const;

/** The cells of a file, with the separator that its first line has most of. Quotes as in RFC 4180. */
export function readTable(text: string): { separator: string; rows: string[][] } {
  const plain = text.replace(/^\uFEFF/, '');
  const first = plain.split(/\r?\n/, 1)[0] ?? '';
  const count = (sign: string) => first.split(sign).length;
  const separator = SEPARATORS.reduce((best, sign) => (count(sign) > count(best) ? sign : best), SEPARATORS[0]);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endCell = () => {
    row.push(cell);
    cell = '';
  };
  const endRow = () => {
    endCell();
    if (row.length > 1 || row[0]) rows.push(row);
    row = [];
  };
  for (let at = 0; at < plain.length; at += 1) {
    const sign = plain[at] ?? '';
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (plain[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && cell === '') quoted = true;
    else if (sign === separator) endCell();
    else if (sign === '\n') endRow();
    else if (sign !== '\r') cell += sign;
  }
  if (cell || row.length > 0) endRow();
  return { separator, rows };
}
