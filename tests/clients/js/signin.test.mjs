// Every way in that the client knows.

import test from 'node:test';
import { BASE, PASSWORD, TENANT, USER, basic, c8y, equal, fresh, ok, refused } from './platform.mjs';

const credentials = { tenant: TENANT, user: USER, password: PASSWORD };

test('basic finds the tenant by itself', async () => {
  const client = await c8y.Client.authenticate(credentials, BASE);
  equal(client.core.tenant, TENANT);
  equal((await client.user.current()).data.userName, USER);
});

test('OAI-Secure with a token for a header', async () => {
  const client = await c8y.Client.authenticateViaOAuthInternal(credentials, BASE);
  equal((await client.user.current()).data.userName, USER);
  const { data, res } = await client.inventory.create({ name: fresh('by-token') });
  equal(res.status, 201);
  equal((await client.inventory.delete(data)).res.status, 204);
});

test('OAI-Secure with the token of a cookie', async () => {
  const client = await c8y.Client.authenticateViaOAuthInternalCookie(credentials, BASE);
  equal((await client.user.current()).data.userName, USER);
  ok((await client.user.currentWithEffectiveRoles()).data.effectiveRoles.length > 10);
});

test('a session that was logged out is over, and no other', async () => {
  const one = await c8y.Client.authenticateViaOAuthInternal(credentials, BASE);
  const other = await c8y.Client.authenticateViaOAuthInternal(credentials, BASE);
  const answer = await one.core.fetch('/user/logout', { method: 'POST' });
  equal(answer.status, 200);
  await refused(401, one.user.current());
  equal((await other.user.current()).data.userName, USER);
});

test('wrong passwords and strangers are refused alike', async () => {
  const user = fresh('nobody');
  const wrong = await refused(401, basic(TENANT, user, 'four wooden bridges 9').tenant.current());
  equal(wrong.data.error, 'security/Unauthorized');
  ok(/invalid credentials/i.test(wrong.data.message));
  const failure = await c8y.Client.authenticateViaOAuthInternal({ ...credentials, user }, BASE).catch(error => error);
  equal(failure.res.status, 401);
});

test('a browser is not asked for a password', async () => {
  const answer = await new c8y.FetchClient(undefined, BASE).fetch('/tenant/currentTenant');
  equal(answer.status, 401);
  ok(answer.headers.get('www-authenticate').startsWith('XBasic'));
});
