import { expect, test } from 'vitest';
import { resetLink } from './link';

test('the token stands behind the # of the link, where no server sees it', () => {
  const link = resetLink('https://iot.example/ui/#/users?name=a', 't1', { token: '7.a+b', email: 'ann@example.org', expires: '' });
  const [before, behind] = link.split('#');
  expect(before).toBe('https://iot.example/ui/');
  expect(behind?.startsWith('/password-reset?')).toBe(true);
  const query = new URLSearchParams(behind?.split('?')[1]);
  expect(Object.fromEntries(query)).toEqual({ tenant: 't1', email: 'ann@example.org', token: '7.a+b' });
});
