// The link with which somebody sets a password once.

export interface Token {
  token: string;
  email: string;
  expires: string;
}

/** The link, from the address that the console is at. What is secret stands behind `#`, so that no server sees it. */
export function resetLink(at: string, tenant: string, { token, email }: Token): string {
  const query = new URLSearchParams({ tenant, email, token });
  return `${at.split('#')[0]}#/password-reset?${query.toString()}`;
}
