// Every place of the console that can be opened: the screens of `src/screens/routes.ts` with their parts, as addresses with
// real ids in them. It knows no screen, but by which names the parts go that have no list of their own.
import { join } from 'node:path';
import { createServer } from 'vite';

const WEB = join(import.meta.dirname, '../..');

/** The ways in, for people who are not signed in. */
export const STRANGERS = [
  { name: 'sign-in', path: '/', as: null },
  { name: 'setup', path: '/setup?tenant=t100&user=admin&secret=aaaaaaaa-bbbbbbbb', as: null },
];

/** What stands for the last part of an address that may be missing; without it, the screen shows its first part. */
const PARTS = {
  '/registration/:way?': ['file', 'certificate'],
  '/operations/:view?': ['bulk'],
  '/repository/:kind?': ['software', 'configuration'],
  '/users/:user/:tab?': ['access', 'objects', 'rules', 'sessions'],
  '/roles/:tab?': ['inventory'],
  '/roles/global/:id/:tab?': ['members', 'objects', 'rules'],
  '/trust/:view?': ['issued'],
};

/** `{ name, path, as }` of each. Somebody who may see everything looks at it. */
export async function places(stage) {
  // What is written in TypeScript and refers to components is read as the build would.
  const vite = await createServer({
    root: WEB,
    configFile: join(WEB, 'vite.config.ts'),
    server: { middlewareMode: true, hmr: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    appType: 'custom',
    logLevel: 'error',
  });
  try {
    const { screens } = await vite.ssrLoadModule('/src/screens/routes.ts');
    const { tabs } = await vite.ssrLoadModule('/src/screens/device/tabs.ts');
    const { PAGES } = await vite.ssrLoadModule('/src/screens/settings/options.ts');
    const { samples } = stage;
    const parts = { ...PARTS, '/settings/:page?': PAGES.slice(1), '/groups/:id?': [samples.group] };
    const found = screens.flatMap((screen) => concrete(screen, tabs.map(({ id }) => id), parts, samples));
    return [...STRANGERS, ...found];
  } finally {
    await vite.close();
  }
}

/** Addresses of a screen: with the tabs of a device, one for each of them, and its other parts behind the first one. */
function concrete({ path, nav }, tabs, partsOf, samples) {
  const as = nav?.section === 'platform' ? 'management' : 'admin';
  if (path.startsWith('/devices/:id/')) {
    return tabs.map((tab) => named(`/devices/${samples.device}/${tab}`, `device-${tab}`, as));
  }
  const parts = path.split('/').filter(Boolean);
  const filled = parts.map((part, at) => (part.startsWith(':') ? sample(part, parts[at - 1], samples) : part));
  const known = filled.filter((part) => part !== undefined);
  const name = parts.map((part) => part.replace(/[:?]/g, ''));
  const first = named(`/${known.join('/')}`, name.join('-') || 'overview', as);
  const others = (partsOf[path] ?? []).map((part) => {
    const called = /^\d+$/.test(part) ? 'one' : part;
    return named(`/${[...known, part].join('/')}`, [...name.slice(0, -1), called].join('-'), as);
  });
  return [first, ...others];
}

function named(path, name, as) {
  return { name, path, as };
}

/** What stands for `:id` behind `groups`: an id from the data of the tests. A part that may be missing is. */
function sample(part, kind, samples) {
  if (part.endsWith('?')) return undefined;
  const singular = kind?.replace(/s$/, '');
  const found = samples[singular] ?? samples[kind];
  if (found === undefined) throw new Error(`harness/data.js has no sample for /${kind}/${part}: add samples.${singular}`);
  return found;
}
