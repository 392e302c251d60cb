import { describe, expect, it } from 'vitest';
import { strengthOf } from './password';
import { waysOf } from './ways';

describe('the ways in', () => {
  it('are those that the tenant shows, on the origin of the page', () => {
    const ways = waysOf([
      { id: 'OAUTH2_INTERNAL', type: 'OAUTH2_INTERNAL', initRequest: 'https://other/tenant/oauth?tenant_id=t1' },
      { id: 'BASIC', type: 'BASIC' },
      { id: 'OAUTH2', type: 'OAUTH2', buttonName: 'Works', initRequest: 'https://other/tenant/oauth?tenant_id=t1&x=1' },
      { id: 'x', type: 'OAUTH2', initRequest: 'https://h/y', visibleOnLoginPage: false },
    ]);
    expect(ways).toEqual({
      password: true,
      tenant: 't1',
      elsewhere: [{ name: 'Works', href: '/tenant/oauth?tenant_id=t1&x=1' }],
    });
  });

  it('never lead to another host', () => {
    const ways = waysOf([{ id: 'x', type: 'OAUTH2', initRequest: 'https://here//evil.example/login?a=1' }]);
    expect(ways.elsewhere[0]?.href).toBe('/evil.example/login?a=1');
  });

  it('have no password when that way is closed', () => {
    expect(waysOf([{ id: 'OAUTH2_INTERNAL', type: 'OAUTH2_INTERNAL', allowedForPeople: false }]).password).toBe(false);
  });
});

describe('the strength of a password', () => {
  it('is its length first', () => {
    expect(strengthOf('aA1!')).toBe('RED');
    expect(strengthOf('aaaaaaaaaaaaaaaaaaaa')).toBe('RED');
    expect(strengthOf('Tr0ub4dor')).toBe('YELLOW');
    expect(strengthOf('correct horse battery')).toBe('GREEN');
    expect(strengthOf('Tr0ub4dor&33')).toBe('GREEN');
  });
});
