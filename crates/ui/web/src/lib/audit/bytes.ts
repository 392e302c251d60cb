// Bytes as texts and back, strictly: every value has exactly one text, and another text is refused.
// Knows nothing of what the bytes mean.

/** Bytes that WebCrypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Two lower-case digits for each byte. */
export function toHex(bytes: Bytes): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Exactly `length` bytes, or nothing if the text is not their lower-case hexadecimal form. */
export function fromHex(text: string, length: number): Bytes | undefined {
  if (text.length !== 2 * length || !/^[0-9a-f]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(length);
  for (let place = 0; place < length; place++) bytes[place] = parseInt(text.slice(2 * place, 2 * place + 2), 16);
  return bytes;
}

/** Standard base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Bytes): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** The bytes of a base64 text, or nothing if it is not the one text of any bytes. */
export function fromBase64(text: string): Bytes | undefined {
  let decoded: string;
  try {
    decoded = atob(text);
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(decoded.length);
  for (let place = 0; place < decoded.length; place++) bytes[place] = decoded.charCodeAt(place);
  return toBase64(bytes) === text ? bytes : undefined;
}

export function equal(one: Bytes, other: Bytes): boolean {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}

export function join(...parts: Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A whole number as it is written, without sign, leading zero or anything beyond what a double holds exactly. */
export function parseCount(text: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : undefined;
}

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text) as Bytes;
