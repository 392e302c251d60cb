// What is shown of a record against what is in the log.
import { expect, it } from 'vitest';
import { differences } from './shown';

const proved = JSON.stringify({
  v: 1,
  time: '2026-11-22T00:00:00.000Z',
  actor: { id: '1', name: 'smith', kind: 'person' },
  type: 'Inventory',
  activity: 'Object changed',
  text: 'Pump 4',
  source: '4711',
  severity: 'INFORMATION',
  outcome: 'success',
  changes: [{ attribute: 'name', type: 'string', previous: 'a', new: 'b' }],
  count: 1,
  origin: 'platform',
});
const shown = {
  id: '17',
  time: '2026-11-22T00:00:00.000Z',
  creationTime: '2026-11-22T00:00:00.000Z',
  user: 'smith',
  type: 'Inventory',
  activity: 'Object changed',
  text: 'Pump 4',
  source: { id: '4711', self: 'x' },
  severity: 'INFORMATION',
  changes: [{ attribute: 'name', type: 'string', changeType: 'REPLACED', previousValue: 'a', newValue: 'b' }],
  holdfast_Audit: { outcome: 'success', actorKind: 'person', principal: '1', origin: 'platform', count: 1 },
};

it('a record that is shown as it is in the log differs in nothing', () => {
  expect(differences(shown, proved)).toEqual([]);
});

it('a record that is shown otherwise names what differs', () => {
  expect(differences({ ...shown, user: 'jones', source: { id: '1' } }, proved)).toEqual(['user', 'source']);
  expect(differences({ ...shown, changes: [] }, proved)).toEqual(['changes']);
  expect(differences(shown, 'nonsense')).toEqual(['text']);
  const own = { outcome: 'success', actorKind: 'device', principal: '2', origin: 'system', reason: 'retention', count: 7 };
  expect(differences({ ...shown, holdfast_Audit: own }, proved)).toEqual(['actorKind', 'principal', 'origin', 'reason', 'count']);
});

it('a job of the platform is called otherwise in the log, and that is no difference', () => {
  const job = JSON.stringify({ ...(JSON.parse(proved) as object), origin: 'job', reason: 'retention' });
  const own = { ...shown.holdfast_Audit, origin: 'system', reason: 'retention' };
  expect(differences({ ...shown, holdfast_Audit: own }, job)).toEqual([]);
});
