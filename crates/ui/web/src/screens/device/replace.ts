// New hardware in the place of a device: what stands under the old device's entry stays, the new hardware's names and owner
// come to it, the old hardware is locked out. In steps that are calls of the API; what is done is not done again by trying
// again, and a name that cannot be given to the one goes back to the other. It knows no components.

import { ApiError, type Call, path, send } from '../../lib/api';
import { total } from '../../lib/total';
import type { Device } from './device';

export interface ExternalId {
  type: string;
  externalId: string;
}
const DEVICE_USER = 'device_';

/** The name that hardware signs in with: its user is called after it, and owns its entry. */
export const signsInAs = (device: Device): string | undefined =>
  device.owner?.startsWith(DEVICE_USER) ? device.owner.slice(DEVICE_USER.length) : undefined;

export interface Step {
  what: 'owner' | 'hardware' | 'forget' | 'take' | 'disable' | 'revoke' | 'delete';
  /** Which name, or whom. */
  about: string;
  calls: Call[];
  /** What brings back how it was, if the last of the calls is refused. */
  back?: Call;
}

export interface Wish {
  old: { device: Device; ids: readonly ExternalId[] };
  fresh: { device: Device; ids: readonly ExternalId[] };
  tenant: string;
  /** What the caller may do besides, and wants. */
  disable: boolean;
  revoke: boolean;
  /** The entry that the new hardware has made for itself goes. */
  remove: boolean;
}

const bind = (object: string, { type, externalId }: ExternalId): Call => ({
  method: 'POST',
  path: path`/identity/globalIds/${object}/externalIds`,
  body: { type, externalId },
});
const free = ({ type, externalId }: ExternalId): Call => ({ method: 'DELETE', path: path`/identity/externalIds/${type}/${externalId}` });

/** The old hardware is locked out first; then the new one comes in its place. */
export function steps({ old, fresh, tenant, disable, revoke, remove }: Wish): Step[] {
  const was = signsInAs(old.device);
  const all: Step[] = [];
  if (revoke && was !== undefined) {
    all.push({ what: 'revoke', about: was, calls: [{ method: 'POST', path: '/certificate-authority/revocations', body: { deviceId: was } }] });
  }
  if (disable && was !== undefined) {
    const user = path`/user/${tenant}/users/${DEVICE_USER + was}`;
    all.push({ what: 'disable', about: DEVICE_USER + was, calls: [{ method: 'PUT', path: user, body: { enabled: false } }] });
  }
  const kinds = new Set(fresh.ids.map((one) => one.type));
  for (const one of old.ids.filter(({ type }) => kinds.has(type))) all.push({ what: 'forget', about: one.externalId, calls: [free(one)] });
  const { owner, c8y_Hardware } = fresh.device;
  const isOwner = signsInAs(fresh.device) !== undefined;
  const body = { ...(isOwner && { owner }), ...(c8y_Hardware && { c8y_Hardware }) };
  if (Object.keys(body).length > 0) {
    const call: Call = { method: 'PUT', path: path`/inventory/managedObjects/${old.device.id}`, body };
    all.push({ what: isOwner ? 'owner' : 'hardware', about: isOwner ? (owner ?? '') : '', calls: [call] });
  }
  for (const one of fresh.ids) {
    all.push({ what: 'take', about: one.externalId, calls: [free(one), bind(old.device.id, one)], back: bind(fresh.device.id, one) });
  }
  if (remove) {
    all.push({ what: 'delete', about: fresh.device.id, calls: [{ method: 'DELETE', path: path`/inventory/managedObjects/${fresh.device.id}` }] });
  }
  return all;
}

/** What is not there any more needs not be taken away. */
const isGone = (step: Step, reason: unknown) =>
  reason instanceof ApiError && reason.status === 404 && ['forget', 'disable', 'revoke', 'delete'].includes(step.what);

/** Does one after the other, and tells how many are done. Throws what the first refused one says. */
export async function carryOut(
  all: readonly Step[],
  done: number,
  told: (done: number) => void,
  act: (call: Call) => Promise<unknown> = send,
): Promise<void> {
  for (const [at, step] of all.entries()) {
    if (at < done) continue;
    for (const [number, call] of step.calls.entries()) {
      try {
        await act(call);
      } catch (reason) {
        if (isGone(step, reason)) continue;
        if (number > 0 && step.back) await act(step.back);
        throw reason;
      }
    }
    told(at + 1);
  }
}

/** What stands under an entry already: measurements, events, alarms. What may not be counted is not known. */
export async function holds(id: string): Promise<number | undefined> {
  const asked = ['/measurement/measurements', '/event/events', '/alarm/alarms'].map((list) => total(list, { source: id }));
  return (await Promise.all(asked)).reduce<number | undefined>((sum, one) => (sum === undefined || one === undefined ? undefined : sum + one), 0);
}
