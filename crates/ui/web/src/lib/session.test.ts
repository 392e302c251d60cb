import { beforeEach, expect, it, vi } from 'vitest';

const answers: Record<string, () => Response> = {};
const asked: string[] = [];
const said = (body: unknown, status = 200) => () => new Response(JSON.stringify(body), { status });
const reload = vi.fn();

beforeEach(() => {
  vi.resetModules();
  asked.length = 0;
  reload.mockReset();
  vi.spyOn(location, 'reload').mockImplementation(reload);
  vi.stubGlobal('fetch', async (address: string, init: RequestInit) => {
    asked.push(`${init.method} ${address}`);
    return (answers[address] ?? said({}))();
  });
  document.cookie = 'XSRF-TOKEN=first';
  answers['/user/currentUser'] = said({ id: 'jane', userName: 'jane', effectiveRoles: [] });
  answers['/tenant/currentTenant'] = said({ name: 't1' });
  answers['/user/logout'] = said({});
});
const signedIn = async () => {
  const { session } = await import('./session.svelte');
  const api = await import('./api');
  await session.read();
  expect(session.state).toBe('signed-in');
  return { session, api };
};

it('who signs out leaves nothing of the page behind', async () => {
  const { session } = await signedIn();
  await session.signOut();
  expect(reload).toHaveBeenCalledOnce();
});

it('who could not be signed out is told, and stays signed in', async () => {
  const { session } = await signedIn();
  answers['/user/logout'] = said({ error: 'x', message: '' }, 500);
  await session.signOut();
  expect([session.state, session.stayed?.status, reload.mock.calls.length]).toEqual(['signed-in', 500, 0]);
  answers['/user/logout'] = said({ error: 'x', message: '' }, 401);
  await session.signOut();
  expect(reload).toHaveBeenCalledOnce();
});

it('after another person has signed in elsewhere in the browser, nothing is written as them', async () => {
  const { api } = await signedIn();
  document.cookie = 'XSRF-TOKEN=second';
  answers['/user/currentUser'] = said({ id: 'joe', userName: 'joe', effectiveRoles: [] });
  await expect(api.put('/inventory/managedObjects/1', {})).rejects.toBeInstanceOf(api.ApiError);
  expect(asked).not.toContain('PUT /inventory/managedObjects/1');
  expect(reload).toHaveBeenCalled();
});

it('after the same person has signed in elsewhere in the browser, the page goes on', async () => {
  const { api } = await signedIn();
  document.cookie = 'XSRF-TOKEN=second';
  await api.put('/inventory/managedObjects/1', {});
  expect(asked.at(-1)).toBe('PUT /inventory/managedObjects/1');
  expect(reload).not.toHaveBeenCalled();
});

it('a session that has ended keeps its page until somebody signs in again', async () => {
  const { session, api } = await signedIn();
  answers['/x'] = said({ error: 'security/Unauthorized', message: '' }, 401);
  await expect(api.get('/x')).rejects.toBeInstanceOf(api.ApiError);
  expect([session.state, session.isKnown]).toEqual(['expired', true]);
  answers['/tenant/currentTenant'] = said({ error: 'x', message: '' }, 500);
  await expect(session.read()).rejects.toBeInstanceOf(api.ApiError);
  expect(session.state).toBe('expired');
  answers['/tenant/currentTenant'] = said({ name: 't1' });
  const before = session.times;
  await session.read();
  expect([session.state, session.times]).toEqual(['signed-in', before + 1]);
});

it('a failure while the own data is read again does not end the page', async () => {
  const { session } = await signedIn();
  answers['/user/currentUser'] = said({ error: 'x', message: '' }, 500);
  await session.read();
  expect(session.state).toBe('signed-in');
});
