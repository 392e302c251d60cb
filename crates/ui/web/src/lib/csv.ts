// Lines of CSV that people open in a spreadsheet. It is not for files that the platform reads: what a spreadsheet would
// take for a formula is changed into a text.

export type Cell = string | number | undefined;

/** One cell. Numbers stay as they are, a text that begins like a formula gets `'` before it. */
export function cell(value: Cell): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",;\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A line with its end. */
export const csvLine = (cells: readonly Cell[], separator = ','): string => `${cells.map(cell).join(separator)}\r\n`;
