// All German texts, by area. Loaded once somebody who reads German has signed in.
import type { Texts } from '../lib/i18n.svelte';
import { first } from './de-first';
import { access } from './de/access';
import { activities } from './de/activities';
import { alarms } from './de/alarms';
import { audit } from './de/audit';
import { users } from './de/users';
import { device } from './de/device';
import { devices } from './de/devices';
import { events } from './de/events';
import { groups } from './de/groups';
import { map } from './de/map';
import { measurements } from './de/measurements';
import { operations } from './de/operations';
import { ours } from './de/ours';
import { overview } from './de/overview';
import { registration } from './de/registration';
import { repository } from './de/repository';
import { retention } from './de/retention';
import { settings } from './de/settings';
import { tenants } from './de/tenants';
import { trust } from './de/trust';

export const de: Texts = {
  ...first,
  ...access,
  ...activities,
  ...alarms,
  ...audit,
  ...users,
  ...device,
  ...devices,
  ...events,
  ...groups,
  ...map,
  ...measurements,
  ...operations,
  ...ours,
  ...overview,
  ...registration,
  ...repository,
  ...retention,
  ...settings,
  ...tenants,
  ...trust,
};
