// Trusted authorities and issued certificates as the platform shows them, and how near their end is. It knows no components.

export interface Trusted {
  fingerprint: string;
  name?: string;
  subject?: string;
  issuer?: string;
  serialNumber?: string;
  notBefore?: string;
  notAfter?: string;
  algorithmName?: string;
  status?: 'ENABLED' | 'DISABLED';
  autoRegistrationEnabled?: boolean;
  tenantCertificateAuthority?: boolean;
  proofOfPossessionValid?: boolean;
  proofOfPossessionUnsignedVerificationCode?: string;
  proofOfPossessionVerificationCodeUsableUntil?: string;
}

export interface Issued {
  serialNumberInHex: string;
  deviceId: string;
  authority?: string;
  issued?: string;
  notAfter?: string;
  revoked?: string;
}

const DAY_MS = 86_400_000;
type Nearness = 'over' | 'week' | 'month' | 'quarter' | 'far';

/** How near the end of a certificate is: the ladder of 90, 30 and 7 days. */
export function nearness(notAfter: string | undefined, now: number): Nearness {
  if (!notAfter) return 'far';
  const days = (Date.parse(notAfter) - now) / DAY_MS;
  if (days <= 0) return 'over';
  if (days <= 7) return 'week';
  if (days <= 30) return 'month';
  return days <= 90 ? 'quarter' : 'far';
}

/** The common name in a subject, or all of it. */
export const shortSubject = (subject: string | undefined): string | undefined =>
  /(?:^|,\s*)CN=([^,]+)/i.exec(subject ?? '')?.[1] ?? subject;

/** What an authority is called: its name, unless that is only its subject. */
export const nameOf = (one: Pick<Trusted, 'name' | 'subject' | 'fingerprint'>): string =>
  (one.name && one.name !== one.subject ? one.name : shortSubject(one.subject)) ?? one.fingerprint;

/** The certificates in a text: each in PEM form, whatever stands between them. */
export const certificatesIn = (text: string): string[] =>
  text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];

/** A fingerprint or serial number in groups, so that two can be compared by eye. */
export const grouped = (hex: string): string => hex.toLowerCase().replace(/(.{4})(?=.)/g, '$1 ');
