// Which ways in a tenant offers, as its sign-in page must know them. Nothing here tells whether a tenant or user exists.

import { get } from '../../lib/api';

export interface LoginOption {
  id: string;
  type: 'BASIC' | 'OAUTH2_INTERNAL' | 'OAUTH2';
  buttonName?: string;
  providerName?: string;
  initRequest?: string;
  visibleOnLoginPage?: boolean;
  allowedForPeople?: boolean;
}

export interface Ways {
  /** Whether a session can be opened with a password. */
  password: boolean;
  /** Where else: an identity provider, by the name on its button. */
  elsewhere: { name: string; href: string }[];
  /** The tenant that the host name tells, if it does. */
  tenant?: string;
}

/** Only the part behind the host: the request goes to the page's own origin, wherever the platform thinks it is. */
function own(address: string): string {
  const url = new URL(address, location.origin);
  // Two slashes at the front would be another host.
  return url.pathname.replace(/^[/\\]+/, '/') + url.search;
}

export function waysOf(options: LoginOption[]): Ways {
  const shown = options.filter((one) => one.visibleOnLoginPage !== false && one.allowedForPeople !== false);
  const internal = shown.find((one) => one.type === 'OAUTH2_INTERNAL');
  const tenant = internal?.initRequest
    ? (new URL(internal.initRequest, 'https://here').searchParams.get('tenant_id') ?? undefined)
    : undefined;
  return {
    password: internal !== undefined,
    elsewhere: shown
      .filter((one) => one.type === 'OAUTH2' && one.initRequest)
      .map((one) => ({ name: one.buttonName || one.providerName || one.id, href: own(one.initRequest ?? '') })),
    ...(tenant ? { tenant } : {}),
  };
}

export async function ways(tenant: string, signal: AbortSignal): Promise<Ways> {
  const answer = await get<{ loginOptions: LoginOption[] }>('/tenant/loginOptions', {
    query: { tenantId: tenant },
    signal,
  });
  return waysOf(answer.loginOptions);
}
