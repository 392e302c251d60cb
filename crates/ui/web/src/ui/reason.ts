// Why something may not be done, for greyed controls. It knows roles by name, and whether the platform is reached.

import { connection } from '../lib/connection.svelte';
import { t } from '../lib/i18n.svelte';
import { session } from '../lib/session.svelte';

export interface Reason {
  /** One of these roles would do. */
  roles?: readonly string[];
  /** Or why in words. */
  text?: string;
  /** It is no question of permissions. */
  passing?: boolean;
  /** About which object; the explanation of permissions opens for it. */
  object?: string;
}

/** While the platform is not reached, nothing is changed. Nobody is kept from signing in. */
export const offline = (): Reason | undefined =>
  connection.offline && session.state === 'signed-in' ? { text: t('because.offline'), passing: true } : undefined;

/** What a reason says, as a sentence. */
export const inWords = (reason: Reason): string =>
  reason.text ?? t('because.role', { roles: (reason.roles ?? []).join(', ') });

/** Nothing if one of the roles is held; otherwise why a control is greyed. */
export function needs(...roles: string[]): Reason | undefined {
  return session.has(...roles) ? offline() : { roles };
}
