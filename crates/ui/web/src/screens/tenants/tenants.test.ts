import { expect, it } from 'vitest';
import { find, isId, setupLink, type Tenant } from './tenants';

const tenant = (id: string, domain: string, company: string): Tenant => ({ id, domain, company, status: 'ACTIVE', creationTime: '2026-01-01T00:00:00Z' });

it('the secret of a set-up link stands behind the number sign only, whatever the names are', () => {
  const link = new URL(setupLink('https://iot.example/ui/#/tenants?q=a', 't100', 'jane+x&y=#1@example.org', 'aaaa-bbbb'));
  expect(link.origin + link.pathname + link.search).toBe('https://iot.example/ui/');
  const query = new URLSearchParams(link.hash.split('?')[1]);
  expect(Object.fromEntries(query)).toEqual({ tenant: 't100', user: 'jane+x&y=#1@example.org', secret: 'aaaa-bbbb' });
});

it('tenants are found by name, domain and company', () => {
  const all = [tenant('t1', 'north.example', 'Acme'), tenant('t2', 'south.example', 'Beta')];
  expect(find(all, 'ACME').map(({ id }) => id)).toEqual(['t1']);
  expect(find(all, 'south').map(({ id }) => id)).toEqual(['t2']);
  expect(find(all, '')).toHaveLength(2);
  expect(find(all, 'gamma')).toEqual([]);
});

it('an id begins with a letter and has no capitals', () => {
  expect(['t100', 'acme-logistics', 'a'].every(isId)).toBe(true);
  expect(['', '1a', 'T100', 'a b', 'a'.repeat(33)].some(isId)).toBe(false);
});
