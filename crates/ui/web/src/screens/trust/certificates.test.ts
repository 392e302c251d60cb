import { describe, expect, it } from 'vitest';
import { certificatesIn, grouped, nearness, shortSubject } from './certificates';

const NOW = Date.parse('2026-03-01T00:00:00Z');
const after = (days: number) => new Date(NOW + days * 86_400_000).toISOString();

describe('the end of a certificate', () => {
  it('comes nearer in steps', () => {
    expect([after(-1), after(3), after(20), after(80), after(200)].map((end) => nearness(end, NOW))).toEqual([
      'over', 'week', 'month', 'quarter', 'far',
    ]);
  });
});

describe('a pasted text', () => {
  it('may hold several certificates, and anything between them', () => {
    const one = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
    expect(certificatesIn(`subject=x\n${one}\n\n${one}\n`)).toEqual([one, one]);
    expect(certificatesIn('-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----')).toEqual([]);
  });
});

it('a subject is shown by its common name', () => {
  expect(shortSubject('CN=Factory 7, O=Acme')).toBe('Factory 7');
  expect(shortSubject('O=Acme')).toBe('O=Acme');
});

it('a fingerprint is shown in groups', () => {
  expect(grouped('ABCDEF0123')).toBe('abcd ef01 23');
});
