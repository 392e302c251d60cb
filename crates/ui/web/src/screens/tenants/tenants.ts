// What a tenant is, who may do what with it, and the link with which its administrator begins.

export interface Tenant {
  id: string;
  domain: string;
  company: string;
  adminName?: string;
  adminEmail?: string;
  contactName?: string;
  contactPhone?: string;
  status: 'ACTIVE' | 'SUSPENDED';
  creationTime: string;
}

export const PATH = '/tenant/tenants';
export const READS = 'ROLE_TENANT_MANAGEMENT_READ';
export const CREATES = ['ROLE_TENANT_MANAGEMENT_ADMIN', 'ROLE_TENANT_MANAGEMENT_CREATE'];
export const CHANGES = ['ROLE_TENANT_MANAGEMENT_ADMIN', 'ROLE_TENANT_MANAGEMENT_UPDATE'];
export const DELETES = ['ROLE_TENANT_MANAGEMENT_ADMIN'];

/** Whether this can be the id of a tenant. */
export const isId = (id: string): boolean => /^[a-z][a-z0-9_-]{0,31}$/.test(id);

/** The tenants that a text means, by name, domain or company. */
export function find(tenants: readonly Tenant[], text: string): Tenant[] {
  const wanted = text.trim().toLowerCase();
  return tenants.filter((one) => [one.id, one.domain, one.company].some((word) => word.toLowerCase().includes(wanted)));
}

/** Where the first administrator sets a password. What is secret stands behind `#`, so that no server sees it. */
export function setupLink(at: string, tenant: string, user: string, secret: string): string {
  const query = new URLSearchParams({ tenant, user, secret });
  return `${at.split('#')[0]}#/setup?${query.toString()}`;
}
