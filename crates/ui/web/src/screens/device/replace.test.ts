import { expect, it } from 'vitest';
import type { Call } from '../../lib/api';
import { carryOut, signsInAs, steps } from './replace';

const old = { device: { id: '1', owner: 'device_SN-1' }, ids: [{ type: 'c8y_Serial', externalId: 'SN-1' }, { type: 'erp', externalId: '77' }] };
const fresh = { device: { id: '2', owner: 'device_SN-2', c8y_Hardware: { serialNumber: 'SN-2' } }, ids: [{ type: 'c8y_Serial', externalId: 'SN-2' }] };
const wish = { old, fresh, tenant: 't1', disable: true, revoke: true, remove: true };
const words = (all: readonly Call[]) => all.map(({ method, path }) => `${method} ${path}`);

it('the old hardware is locked out before the new one comes, and names of other kinds stay', () => {
  expect(steps(wish).map(({ what, about }) => `${what} ${about}`)).toEqual([
    'revoke SN-1',
    'disable device_SN-1',
    'forget SN-1',
    'owner device_SN-2',
    'take SN-2',
    'delete 2',
  ]);
});

it('somebody who owns devices is no device: neither locked out nor made the owner', () => {
  const person = { ...wish, old: { ...old, device: { id: '1', owner: 'anna' } }, fresh: { ...fresh, device: { ...fresh.device, owner: 'anna' } } };
  expect(signsInAs(person.old.device)).toBeUndefined();
  expect(steps(person).map((one) => one.what)).toEqual(['forget', 'hardware', 'take', 'delete']);
});

it('what is done is not done again, and a name that is refused to the one goes back to the other', async () => {
  const all = steps({ ...wish, disable: false, revoke: false });
  const made: Call[] = [];
  let refused = true;
  const act = async (call: Call) => {
    made.push(call);
    if (refused && call.path.includes('globalIds/1/')) throw new Error('no');
  };
  let done = 0;
  await expect(carryOut(all, done, (now) => (done = now), act)).rejects.toThrow('no');
  expect(words(made).slice(-3)).toEqual([
    'DELETE /identity/externalIds/c8y_Serial/SN-2',
    'POST /identity/globalIds/1/externalIds',
    'POST /identity/globalIds/2/externalIds',
  ]);
  refused = false;
  made.length = 0;
  await carryOut(all, done, (now) => (done = now), act);
  expect(words(made)).toEqual([
    'DELETE /identity/externalIds/c8y_Serial/SN-2',
    'POST /identity/globalIds/1/externalIds',
    'DELETE /inventory/managedObjects/2',
  ]);
  expect(done).toBe(all.length);
});
