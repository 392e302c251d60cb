// Signed checkpoints: the size and root of a log at a time (C2SP tlog-checkpoint), signed with Ed25519 as a C2SP
// signed-note. Only a note whose signature was checked here becomes a `Checkpoint`. Knows no records and no server.

import { equal, fromBase64, fromHex, join, parseCount, toBase64, toHex, utf8, type Bytes } from './bytes';
import { sha256 } from './merkle';

/** Largest note that is read, in characters. */
const NOTE_LENGTH_MAX = 128 << 10;
const ED25519 = 1;
const SIGNATURE_MARK = '\u2014 ';

/** The public key of a log; its text is `name+id+key`. */
export interface LogKey {
  readonly text: string;
  readonly name: string;
  readonly id: Bytes;
  readonly bytes: Bytes;
}

/** What a checked signature vouches for. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
  readonly time: string;
  /** The signed text with its signatures, to be kept. */
  readonly note: string;
}

/** Why a note is no checkpoint of the log. */
export type BadCheckpoint = 'notANote' | 'notACheckpoint' | 'noSignature' | 'wrongSignature' | 'otherLog';

/** Reads the public key of a log, and only as it is written. */
export async function parseKey(text: string): Promise<LogKey | undefined> {
  const [name = '', idText = '', ...rest] = text.split('+');
  const id = fromHex(idText, 4);
  const typed = fromBase64(rest.join('+'));
  if (!/^[!-~]{1,200}$/.test(name) || !id || typed?.length !== 33 || typed[0] !== ED25519) return undefined;
  const computed = (await sha256(join(utf8(`${name}\n`), typed))).slice(0, 4);
  return equal(computed, id) ? { text, name, id, bytes: typed.slice(1) } : undefined;
}

/** The last part of a key's id for people: `ed25519:7f3c09ab`. */
export const keyLabel = (key: LogKey): string => `ed25519:${toHex(key.id)}`;

/** Reads a note and checks its signature. Signatures of other keys (witnesses) are passed over. */
export async function openNote(note: string, key: LogKey): Promise<Checkpoint | BadCheckpoint> {
  const blank = note.lastIndexOf('\n\n');
  const isPlain = !/[\u0000-\u0009\u000b-\u001f]/.test(note);
  if (note.length > NOTE_LENGTH_MAX || !isPlain || !note.endsWith('\n') || blank < 0) return 'notANote';
  const text = note.slice(0, blank + 1);
  const lines = note.slice(blank + 2, -1);
  if (lines === '') return 'notANote';
  let isSigned = false;
  for (const line of lines.split('\n')) {
    const [name, signature] = line.startsWith(SIGNATURE_MARK) ? line.slice(2).split(' ') : [];
    const bytes = fromBase64(signature ?? '');
    if (!name || !bytes || bytes.length < 5) return 'notANote';
    if (name !== key.name || !equal(bytes.slice(0, 4), key.id)) continue;
    if (!(await isSignature(key, bytes.slice(4), utf8(text)))) return 'wrongSignature';
    isSigned = true;
  }
  if (!isSigned) return 'noSignature';
  const checkpoint = parseCheckpoint(text, note);
  if (!checkpoint) return 'notACheckpoint';
  return checkpoint.origin === key.name ? checkpoint : 'otherLog';
}

async function isSignature(key: LogKey, signature: Bytes, text: Bytes): Promise<boolean> {
  const imported = await crypto.subtle.importKey('raw', key.bytes, 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', imported, signature, text);
}

function parseCheckpoint(text: string, note: string): Checkpoint | undefined {
  const [origin = '', sizeText = '', rootText = '', timeText = ''] = text.split('\n');
  const size = parseCount(sizeText);
  const root = fromBase64(rootText);
  const time = /^time (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/.exec(timeText)?.[1];
  if (size === undefined || root?.length !== 32 || !time) return undefined;
  const written = `${origin}\n${size}\n${toBase64(root)}\ntime ${time}\n`;
  return written === text ? { origin, size, root, time, note } : undefined;
}

/**
 * Whether this browser can check anything: WebCrypto needs a secure page (https or this machine), and Ed25519 came to
 * browsers later than the rest of it.
 */
export async function canVerify(): Promise<boolean> {
  if (typeof crypto === 'undefined' || !crypto.subtle) return false;
  try {
    // The base point is a valid public key everywhere.
    const point = fromHex('58' + '66'.repeat(31), 32)!;
    await crypto.subtle.importKey('raw', point, 'Ed25519', false, ['verify']);
    return true;
  } catch {
    return false;
  }
}
