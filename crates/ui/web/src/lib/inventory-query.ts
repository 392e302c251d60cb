// Texts in the inventory's query language. It knows how values are quoted, so that no value becomes a part of the query.

/** A value as quoted text. A star in it is a wildcard. */
export const literal = (value: string): string =>
  `'${value.replaceAll('\\', String.raw`\\`).replaceAll("'", "''").replace(/[[\]{}()]/g, (sign) => `\\${sign}`)}'`;

/** A value as quoted text in which a star is only a star. */
export const exactly = (value: string): string => literal(value).replaceAll('*', String.raw`\*`);

/** A property that has a text somewhere in it. The language tells capitals apart, people do not: the usual spellings of
    the text are asked for. */
export function has(property: string, text: string): string {
  const lower = text.toLowerCase();
  const first = lower.charAt(0).toUpperCase() + lower.slice(1);
  const words = lower.replace(/(^|\s)(\S)/g, (_, space: string, letter: string) => space + letter.toUpperCase());
  const spellings = [...new Set([text, lower, first, words, text.toUpperCase()])];
  return `(${spellings.map((one) => `${property} eq ${literal(`*${one}*`)}`).join(' or ')})`;
}
