// All English texts, by area. Keys begin with their area; English says which keys there are. Loaded once somebody has
// signed in; what is shown before that is in `en-first`.
import { first } from './en-first';
import { access } from './en/access';
import { activities } from './en/activities';
import { alarms } from './en/alarms';
import { audit } from './en/audit';
import { users } from './en/users';
import { device } from './en/device';
import { devices } from './en/devices';
import { events } from './en/events';
import { groups } from './en/groups';
import { map } from './en/map';
import { measurements } from './en/measurements';
import { operations } from './en/operations';
import { ours } from './en/ours';
import { overview } from './en/overview';
import { registration } from './en/registration';
import { repository } from './en/repository';
import { retention } from './en/retention';
import { settings } from './en/settings';
import { tenants } from './en/tenants';
import { trust } from './en/trust';

export const en = {
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
