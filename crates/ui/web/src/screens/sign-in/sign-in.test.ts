import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../lib/api';
import PasswordDue from './PasswordDue.svelte';
import SignIn from './SignIn.svelte';
import { strengthOf } from './password';
import { refusal } from './refusal';
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

describe('a refusal', () => {
  const said = (error: ApiError | undefined) => refusal(error, ({ message }) => `form: ${message}`);

  it('is said alike everywhere if it is about no form, and by the form otherwise', () => {
    expect(said(undefined)).toBe('');
    expect(said(new ApiError(0, 'connection', 'x'))).toMatch(/cannot be reached/);
    expect(said(new ApiError(429, 'x', 'y', 17))).toContain('17');
    expect(said(new ApiError(-1, 'console', 'a mistake of ours'))).toBe('a mistake of ours');
    expect(said(new ApiError(403, 'x', 'no'))).toBe('form: no');
  });
});

describe('the forms', () => {
  afterEach(() => vi.unstubAllGlobals());
  const refuse = (message: string, status = 401) =>
    vi.stubGlobal('fetch', (url: string) =>
      Promise.resolve(
        url.startsWith('/tenant/loginOptions')
          ? new Response(JSON.stringify({ loginOptions: [] }))
          : new Response(JSON.stringify({ error: 'security/Unauthorized', message }), { status }),
      ),
    );
  const type = (name: RegExp, value: string) => fireEvent.input(screen.getByLabelText(name), { target: { value } });
  const submit = () => fireEvent.submit(document.querySelector('form')!);

  it('ask for the code of a second factor without a word of an error, and say when it was wrong', async () => {
    refuse('TOTP code required');
    render(SignIn);
    const alerts: (string | null)[] = [];
    const watch = new MutationObserver(() => alerts.push(...screen.queryAllByRole('alert').map((one) => one.textContent)));
    watch.observe(document.body, { childList: true, subtree: true });
    await submit();
    const code = await screen.findByLabelText(/code/i);
    watch.disconnect();
    expect(alerts).toEqual([]);
    refuse('TOTP code is not valid');
    await fireEvent.input(code, { target: { value: '123456' } });
    await submit();
    await screen.findByRole('alert');
    expect((code as HTMLInputElement).value).toBe('');
  });

  it('keep what was filled in when it is refused, and can be sent again', async () => {
    refuse('wrong', 403);
    render(PasswordDue);
    await type(/Current password/i, 'old one');
    await submit();
    await screen.findByRole('alert');
    expect((screen.getByLabelText(/Current password/i) as HTMLInputElement).value).toBe('old one');
    expect(document.querySelector('[aria-busy]')).toBeNull();
  });
});
