// The open sessions of a user as the platform shows them, and the calls about them. It knows no texts and no markup.

import { del, get, path } from '../api';
import { userPath } from './people';

export interface Session {
  id: string;
  creationTime: string;
  expirationTime: string;
  way: Way;
  address: string;
  userAgent?: string;
  lastUsed: string;
  lastAddress: string;
  /** Whether it is that of this page. */
  current: boolean;
}
export interface Sessions {
  sessions: Session[];
  lastSignIn?: { time: string; way: Way };
}
export const WAYS = ['PASSWORD', 'PASSWORD_AND_CODE', 'PASSWORD_AND_RECOVERY_CODE', 'SSO', 'BASIC', 'KEY', 'CERTIFICATE'] as const;
export type Way = (typeof WAYS)[number];

/** Of a user, or one's own. */
const place = (user?: string) => `${user === undefined ? '/user/currentUser' : userPath(user)}/sessions`;

export const sessionsPath = place;
export const readSessions = (user: string | undefined, signal?: AbortSignal) => get<Sessions>(place(user), signal ? { signal } : {});
export const endSession = (user: string | undefined, id: string) => del(place(user) + path`/${id}`);
/** Of a user all; of one's own all but the one of this page. */
export const endSessions = (user?: string) => del(place(user));

// Each name before those that carry it too: an Edge says that it is Chrome, and Chrome that it is Safari.
const BROWSERS: [string, RegExp][] = [
  ['Edge', /Edg(?:e|A|iOS)?\/(\d+)/],
  ['Opera', /OPR\/(\d+)/],
  ['Firefox', /(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/],
  ['Safari', /Version\/(\d+).*Safari/],
];
const SYSTEMS: [string, RegExp][] = [
  ['Android', /Android/],
  ['iOS', /iPhone|iPad/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X|Macintosh/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux|X11/],
];

/** What a client calls itself in a few words: "Firefox 128, Linux"; of what is no browser, its first word. */
export function agentName(agent: string | undefined): string {
  if (!agent) return '';
  const system = SYSTEMS.find(([, sign]) => sign.test(agent))?.[0];
  for (const [name, sign] of BROWSERS) {
    const version = sign.exec(agent)?.[1];
    if (version) return [`${name} ${version}`, system].filter(Boolean).join(', ');
  }
  return agent.split(' ')[0] ?? '';
}
