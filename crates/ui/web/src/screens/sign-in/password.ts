// How strong a password is, told while it is typed. The platform has the last word; this only helps to choose.

export const CHARACTERS_MIN = 8;
export type Strength = 'RED' | 'YELLOW' | 'GREEN';

/** Length counts most; different kinds of signs help a short one. */
export function strengthOf(password: string): Strength {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password)).length;
  const different = new Set(password).size;
  if (password.length < CHARACTERS_MIN || different < 4) return 'RED';
  if (password.length >= 16 && different >= 8) return 'GREEN';
  return password.length >= 12 && kinds >= 3 ? 'GREEN' : 'YELLOW';
}
