// The options of a tenant that the platform reads: where they are, what counts without them, and what a value comes to.
// A value that makes no sense is said to be what the platform makes of it. It knows no page and no words.

/** How a value is entered. `seconds` and `number` are whole; `list` is a text. */
export type Kind = 'seconds' | 'number' | 'switch' | 'choice' | 'list';

export interface Setting {
  /** Its part of the text keys. */
  id: string;
  category: string;
  key: string;
  kind: Kind;
  /** What counts while the tenant says nothing; empty: nothing. */
  usual: string;
  min?: number;
  max?: number;
  /** A value outside of the limits with a meaning of its own. */
  special?: string;
  choices?: readonly string[];
  /** Values that let more in than the usual one: said beside the field. */
  weak?: readonly string[];
}

/** An option as the platform shows it. */
export interface Option {
  category: string;
  key: string;
  value: string;
}

export const isSecret = (key: string): boolean => key.startsWith('credentials.');

export const PAGES = ['general', 'signin', 'passwords', 'sessions', 'devices', 'operations', 'access', 'all'] as const;
export type SettingsPage = (typeof PAGES)[number];

const HOUR = 3_600;
const DAY = 24 * HOUR;
const SESSION = { category: 'oauth.internal', kind: 'seconds', usual: `${12 * HOUR}`, min: 60, max: 12 * HOUR } as const;

export const SETTINGS: Partial<Record<SettingsPage, readonly Setting[]>> = {
  signin: [
    { id: 'factor', category: 'two-factor-authentication', key: 'enforced', kind: 'switch', usual: 'false' },
  ],
  passwords: [
    { id: 'strength', category: 'password', key: 'enforce.strength', kind: 'switch', usual: 'false' },
    { id: 'green', category: 'password', key: 'green.min-length', kind: 'number', usual: '8', min: 8, max: 32 },
    { id: 'validity', category: 'password', key: 'limit.validity', kind: 'number', usual: '0', min: 1, max: 3650, special: '0' },
  ],
  sessions: [
    { id: 'cookieToken', key: 'basic-token.lifespan.seconds', ...SESSION },
    { id: 'bodyToken', key: 'body-token.lifespan.seconds', ...SESSION },
    { id: 'cookie', key: 'basic-user.cookie.lifespan.seconds', special: '-1', ...SESSION },
    { id: 'deviceToken', category: 'oauth.internal', key: 'device-token.lifespan.seconds', kind: 'seconds', usual: `${HOUR}`, min: 300, max: 12 * HOUR },
  ],
  devices: [
    {
      id: 'policy',
      category: 'device-registration',
      key: 'security-token.policy',
      kind: 'choice',
      usual: 'OPTIONAL',
      choices: ['REQUIRED', 'OPTIONAL', 'IGNORED'],
      weak: ['IGNORED'],
    },
    { id: 'global', category: 'configuration', key: 'acl.global.allow-devices', kind: 'switch', usual: 'false', weak: ['true'] },
  ],
  operations: [
    {
      id: 'pending',
      category: 'device-control',
      key: 'operation.pending.seconds',
      kind: 'seconds',
      usual: `${30 * DAY}`,
      min: 60,
      max: 3650 * DAY,
      special: '0',
      weak: ['0'],
    },
    { id: 'remote', category: 'remoteaccess', key: 'session.seconds.max', kind: 'seconds', usual: `${8 * HOUR}`, min: 1, max: 24 * HOUR, special: '0' },
    { id: 'idle', category: 'remoteaccess', key: 'idle.seconds.max', kind: 'seconds', usual: `${HOUR / 2}`, min: 1, max: 8 * HOUR },
  ],
  access: [
    { id: 'fragments', category: 'configuration', key: 'acl.measurement.only-accessible-fragments', kind: 'switch', usual: 'false' },
    { id: 'origins', category: 'access.control', key: 'allow.origin', kind: 'list', usual: '', weak: ['*'] },
  ],
};

const SECURITY_CATEGORIES: readonly string[] = ['password', 'two-factor-authentication'];
/** Who may set how people sign in, without being let near the other options. */
export const TENANT_ADMINS = ['ROLE_TENANT_ADMIN', 'ROLE_TENANT_MANAGEMENT_ADMIN'] as const;
/** Whether it is about how people sign in: those may be read and set one by one by `TENANT_ADMINS`. */
export const isSecurity = ({ category }: Pick<Setting, 'category'>): boolean => SECURITY_CATEGORIES.includes(category);

/** What the tenant has set, if anything. */
export const setOf = (options: readonly Option[], { category, key }: Pick<Setting, 'category' | 'key'>): string | undefined =>
  options.find((one) => one.category === category && one.key === key)?.value;

/** Whether the platform would take this value as it is. */
export function fits(setting: Setting, value: string): boolean {
  if (value === setting.special) return true;
  if (setting.kind === 'switch') return value === 'true' || value === 'false';
  if (setting.kind === 'choice') return setting.choices?.includes(value) ?? false;
  if (setting.kind === 'list') return value.trim() !== '';
  const number = Number(value);
  return /^\d+$/.test(value) && number >= (setting.min ?? 0) && number <= (setting.max ?? Number.MAX_SAFE_INTEGER);
}

/** Whether it lets more in than without it. */
export const isWeak = (setting: Setting, value: string): boolean =>
  setting.kind === 'list'
    ? value.split(',').some((one) => setting.weak?.includes(one.trim()))
    : (setting.weak?.includes(value) ?? false);

export const UNITS = { second: 1, minute: 60, hour: HOUR, day: DAY } as const;
export type Unit = keyof typeof UNITS;

/** Seconds in the largest unit that leaves no rest: 5,400 are 90 minutes. */
export function inUnits(seconds: number): { amount: number; unit: Unit } {
  const names = Object.keys(UNITS).reverse() as Unit[];
  const unit = names.find((one) => seconds > 0 && seconds % UNITS[one] === 0) ?? 'second';
  return { amount: seconds / UNITS[unit], unit };
}
