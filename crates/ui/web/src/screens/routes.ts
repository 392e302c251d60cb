// The one list of screens: where they are, what they are called, who sees an entry for them in the side bar, and how they
// are loaded. A screen is one Svelte component with the props `params` (what the path says); the query is in lib/router.
// Entries appear in the side bar in this order.

import type { Component } from 'svelte';
import type { Key } from '../lib/i18n.svelte';
import type { IconName } from '../ui/icons';

export interface Screen {
  /** `/devices/:id/:tab?`. The first that matches is shown. */
  path: string;
  /** Its name in the side bar and in the browser's title. */
  title: Key;
  /** Its entry in the side bar; without it, there is none. */
  nav?: { section: 'operate' | 'secure' | 'platform'; icon: IconName };
  /** Whoever has one of these roles sees the entry; without it, everybody does. The screen itself shows what the
      platform answers: a link to it is no secret. */
  needs?: readonly string[];
  load: () => Promise<{ default: Component<{ params: Record<string, string> }> | Component<Record<string, never>> }>;
}

/** Where a screen is by itself, without what its path may say more: `/groups` of `/groups/:id?`. */
export const placeOf = (screen: Screen): string => screen.path.replace(/\/:.*$/, '') || '/';

export const screens: readonly Screen[] = [
  {
    path: '/',
    title: 'nav.overview',
    nav: { section: 'operate', icon: 'overview' },
    load: () => import('./overview/Overview.svelte'),
  },
  {
    path: '/devices',
    title: 'nav.devices',
    nav: { section: 'operate', icon: 'device' },
    load: () => import('./devices/Devices.svelte'),
  },
  {
    path: '/devices/:id/:tab?',
    title: 'nav.device',
    load: () => import('./device/Device.svelte'),
  },
  {
    path: '/groups/:id?',
    title: 'nav.groups',
    nav: { section: 'operate', icon: 'group' },
    load: () => import('./groups/Groups.svelte'),
  },
  {
    path: '/registration/:way?',
    title: 'nav.registration',
    nav: { section: 'operate', icon: 'plus' },
    needs: ['ROLE_DEVICE_CONTROL_READ', 'ROLE_DEVICE_CONTROL_ADMIN'],
    load: () => import('./registration/Registration.svelte'),
  },
  {
    path: '/alarms',
    title: 'nav.alarms',
    nav: { section: 'operate', icon: 'alarm' },
    load: () => import('./alarms/Alarms.svelte'),
  },
  {
    path: '/events',
    title: 'nav.events',
    nav: { section: 'operate', icon: 'event' },
    load: () => import('./events/Events.svelte'),
  },
  {
    path: '/operations/:view?',
    title: 'nav.operations',
    nav: { section: 'operate', icon: 'operation' },
    load: () => import('./operations/Operations.svelte'),
  },
  {
    path: '/repository/:kind?',
    title: 'nav.repository',
    nav: { section: 'operate', icon: 'repository' },
    load: () => import('./repository/Repository.svelte'),
  },
  {
    path: '/measurements',
    title: 'nav.measurements',
    nav: { section: 'operate', icon: 'measurement' },
    load: () => import('./measurements/Explorer.svelte'),
  },
  {
    path: '/map',
    title: 'nav.map',
    nav: { section: 'operate', icon: 'map' },
    load: () => import('./map/MapPage.svelte'),
  },
  {
    path: '/users',
    title: 'nav.users',
    nav: { section: 'secure', icon: 'users' },
    needs: ['ROLE_USER_MANAGEMENT_READ', 'ROLE_USER_MANAGEMENT_ADMIN', 'ROLE_USER_MANAGEMENT_CREATE'],
    load: () => import('./users/Users.svelte'),
  },
  {
    path: '/users/:user/:tab?',
    title: 'nav.user',
    load: () => import('./users/User.svelte'),
  },
  {
    path: '/roles/:tab?',
    title: 'nav.roles',
    nav: { section: 'secure', icon: 'role' },
    needs: ['ROLE_USER_MANAGEMENT_READ', 'ROLE_USER_MANAGEMENT_ADMIN', 'ROLE_USER_MANAGEMENT_CREATE'],
    load: () => import('./roles/Roles.svelte'),
  },
  {
    path: '/roles/global/:id/:tab?',
    title: 'nav.role',
    load: () => import('./roles/Group.svelte'),
  },
  {
    path: '/roles/inventory/:id',
    title: 'nav.role',
    load: () => import('./roles/InventoryRole.svelte'),
  },
  {
    path: '/explain',
    title: 'nav.explain',
    nav: { section: 'secure', icon: 'info' },
    load: () => import('./access/Explain.svelte'),
  },
  {
    path: '/audit',
    title: 'nav.audit',
    nav: { section: 'secure', icon: 'audit' },
    needs: ['ROLE_AUDIT_READ'],
    load: () => import('./audit/Audit.svelte'),
  },
  {
    path: '/profile',
    title: 'nav.profile',
    load: () => import('./profile/Profile.svelte'),
  },
  {
    path: '/trust/:view?',
    title: 'nav.trust',
    nav: { section: 'secure', icon: 'certificate' },
    needs: ['ROLE_TENANT_ADMIN', 'ROLE_TENANT_MANAGEMENT_ADMIN', 'ROLE_TENANT_MANAGEMENT_READ'],
    load: () => import('./trust/Trust.svelte'),
  },
  {
    path: '/retention',
    title: 'nav.retention',
    nav: { section: 'secure', icon: 'retention' },
    needs: ['ROLE_RETENTION_RULE_READ', 'ROLE_RETENTION_RULE_ADMIN'],
    load: () => import('./retention/Retention.svelte'),
  },
  {
    path: '/settings/:page?',
    title: 'nav.settings',
    nav: { section: 'secure', icon: 'settings' },
    needs: ['ROLE_OPTION_MANAGEMENT_READ', 'ROLE_OPTION_MANAGEMENT_ADMIN', 'ROLE_TENANT_ADMIN'],
    load: () => import('./settings/Settings.svelte'),
  },
  {
    path: '/tenants',
    title: 'nav.tenants',
    nav: { section: 'platform', icon: 'tenant' },
    needs: ['ROLE_TENANT_MANAGEMENT_READ', 'ROLE_TENANT_MANAGEMENT_ADMIN'],
    load: () => import('./tenants/Tenants.svelte'),
  },
];
