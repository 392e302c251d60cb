import { expect, it } from 'vitest';
import { objectLink } from './link';

const record = (type: string, id: string) => ({ id: '1', text: '', type, source: { id } });

it('an object of the inventory and a user are linked; an id of something else is not taken for one', () => {
  expect(objectLink(record('Inventory', '12'))).toMatch(/\/devices\/12\/activity$/);
  expect(objectLink(record('User', 'a/b'))).toMatch(/\/users\/a%2Fb$/);
  expect([objectLink(record('Operation', '12')), objectLink(record('Inventory', 'x')), objectLink({ id: '1', text: '' })]).toEqual([undefined, undefined, undefined]);
});
