// Who is signed in, to which tenant, and what they may do. The session itself is a cookie that no script can read.

import { ApiError, belongsTo, get, post, repeated, watchers } from './api';

export interface User {
  id: string;
  userName: string;
  firstName?: string;
  lastName?: string;
  displayName?: string;
  email?: string;
  phone?: string;
  lastPasswordChange?: string;
  shouldResetPassword?: boolean;
  twoFactorAuthenticationEnabled?: boolean;
  effectiveRoles: { id: string; name: string }[];
  devicePermissions?: Record<string, string[]>;
  customProperties?: Record<string, unknown>;
}

export interface Tenant {
  name: string;
  domainName?: string;
  customProperties?: Record<string, unknown>;
}

/** `password-due` and `factor-due`: the platform lets nothing else through until that is done. */
export type State = 'unknown' | 'signed-out' | 'expired' | 'signed-in' | 'password-due' | 'factor-due' | 'unreachable';

let state = $state<State>('unknown');
let user = $state.raw<User>();
let tenant = $state.raw<Tenant>();
let times = $state(0);
let stayed = $state.raw<ApiError>();
let reading: Promise<void> | undefined;
const roles = $derived(new Set(user?.effectiveRoles.map((role) => role.id)));

watchers.signedOut = () => {
  if (state === 'signed-in') state = 'expired';
};
watchers.otherSession = () => read();
// Who comes back to this tab sees whose it is, before anything is done.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && state === 'signed-in') void read(true);
});

/** Everything that the page has kept of one person or tenant ends with it: names, seals, what was typed. */
const startAfresh = (): void => location.reload();

function read(ifOther = false): Promise<void> {
  if (ifOther && repeated(document.cookie) === cookieRead) return Promise.resolve();
  reading ??= readNow().finally(() => (reading = undefined));
  return reading;
}

let cookieRead: string | undefined;
async function readNow(): Promise<void> {
  const cookie = repeated(document.cookie);
  // With every session comes this cookie; without it there is nobody to ask about.
  if (!cookie) {
    state = user ? 'expired' : 'signed-out';
    return;
  }
  try {
    const asked = { asksWho: true };
    const [who, where] = await Promise.all([
      get<User>('/user/currentUser', asked),
      get<Tenant>('/tenant/currentTenant', asked),
    ]);
    if (user && (user.id !== who.id || tenant?.name !== where.name)) return startAfresh();
    if (state !== 'signed-in') times += 1;
    [user, tenant, cookieRead] = [who, where, cookie];
    belongsTo(cookie);
    state = who.shouldResetPassword ? 'password-due' : 'signed-in';
  } catch (reason) {
    const error = shown(reason);
    if (error.kind === 'security/Password Expired') state = 'password-due';
    else if (error.status === 403 && /TOTP setup required/.test(error.message)) state = 'factor-due';
    else if (error.status === 401 || error.status === 403) state = user ? 'expired' : 'signed-out';
    else if (!user) state = 'unreachable';
    // Who signs in again is told; what is shown and typed stays otherwise.
    else if (state === 'expired') throw error;
  }
}

const shown = (reason: unknown): ApiError => (reason instanceof ApiError ? reason : new ApiError(-1, 'console', ''));

export const session = {
  get state(): State {
    return state;
  },
  /** Who is signed in. Screens are shown to nobody else, so there is always somebody. */
  get user(): User {
    if (!user) throw new Error('nobody is signed in');
    return user;
  },
  get tenant(): string {
    return tenant?.name ?? '';
  },
  get isManagement(): boolean {
    return tenant?.name === 'management';
  },
  /** Whether one of these roles is held, or a broader one that the list names too. */
  has(...any: readonly string[]): boolean {
    return any.some((role) => roles.has(role));
  },
  /** How often somebody has signed in; who was refused meanwhile asks again when it changes. */
  get times(): number {
    return times;
  },
  /** Whether the platform has not been asked yet but will likely say that somebody is signed in. */
  get isLikely(): boolean {
    return repeated(document.cookie) !== undefined;
  },
  /** Whether the page belongs to somebody, even if the session has ended. */
  get isKnown(): boolean {
    return user !== undefined;
  },
  /** Why signing out failed: the session is still there. */
  get stayed(): ApiError | undefined {
    return stayed;
  },
  forgetStayed(): void {
    stayed = undefined;
  },
  /** Asks the platform who we are: at the start, and after signing in. Another person or tenant than before: the page
      begins anew. */
  read: (): Promise<void> => read(),
  /** Ends the session, and with it everything that the page knows. If it cannot be ended, it says so and stays. */
  async signOut(): Promise<void> {
    stayed = undefined;
    try {
      await post('/user/logout');
    } catch (reason) {
      const error = shown(reason);
      if (error.status !== 401) {
        stayed = error;
        return;
      }
    }
    history.replaceState(null, '', '#/');
    startAfresh();
  },
};
