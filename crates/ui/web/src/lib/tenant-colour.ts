// The colour of a tenant: the line under the top bar that keeps people from acting in the wrong tenant. Chosen by the
// tenant's name, always the same, and readable on both grounds.

/** Degrees of hue that are told apart well. */
const HUES = [176, 24, 212, 284, 58, 338, 112, 246, 4, 142, 312, 196];

function hueOf(tenant: string): number {
  let sum = 0;
  for (const letter of tenant) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return HUES[sum % HUES.length] ?? 176;
}

export const colourOf = (tenant: string, dark: boolean): string =>
  `hsl(${hueOf(tenant)} 62% ${dark ? 62 : 34}%)`;
