import { expect, it } from 'vitest';
import { hitBy, type OwnWay, withClosed } from './ways';

const sessions = { id: 'OAUTH2_INTERNAL', type: 'OAUTH2_INTERNAL', allowedForPeople: true, allowedForDevices: false } as OwnWay;
const basic = { id: 'BASIC', type: 'BASIC', allowedForPeople: true, allowedForDevices: true } as OwnWay;

it('a way that is closed is there, as closed', () => {
  const all = withClosed([sessions]);
  expect(all.map((one) => [one.type, one.allowedForPeople])).toEqual([
    ['OAUTH2_INTERNAL', true],
    ['BASIC', false],
  ]);
  expect(withClosed([sessions, basic])).toHaveLength(2);
});

it('whom a change shuts out is said', () => {
  expect(hitBy(basic, true, false, true)).toEqual(['devicesOut']);
  expect(hitBy(basic, false, true, true)).toEqual(['programsOut']);
  expect(hitBy(sessions, false, false, true)).toEqual(['consoleOut']);
  expect(hitBy(sessions, true, false, true)).toEqual([]);
  expect(hitBy(sessions, true, false, false)).toEqual(['hidden']);
});
