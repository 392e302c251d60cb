// Every place of the console that can be opened: the screens of `src/screens/routes.ts` with the tabs of a device, as
// addresses with real ids in them. It knows no screen.
import { join } from 'node:path';
import { createServer } from 'vite';

const WEB = join(import.meta.dirname, '../..');

/** The ways in, for people who are not signed in. */
export const STRANGERS = [
  { name: 'sign-in', path: '/', as: null },
  { name: 'setup', path: '/setup?tenant=t100&user=admin&secret=aaaaaaaa-bbbbbbbb', as: null },
];

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
    const found = screens.flatMap((screen) => concrete(screen, tabs.map(({ id }) => id), stage.samples));
    return [...STRANGERS, ...found];
  } finally {
    await vite.close();
  }
}

/** Addresses of a screen: with the tabs of a device, one for each of them. */
function concrete({ path, nav }, tabs, samples) {
  const as = nav?.section === 'platform' ? 'management' : 'admin';
  if (path.startsWith('/devices/:id/')) {
    return tabs.map((tab) => named(`/devices/${samples.device}/${tab}`, `device-${tab}`, as));
  }
  const parts = path.split('/').filter(Boolean);
  const filled = parts.map((part, at) => (part.startsWith(':') ? sample(part, parts[at - 1], samples) : part));
  const known = filled.filter((part) => part !== undefined);
  return [named(`/${known.join('/')}`, parts.join('-').replace(/[:?]/g, '') || 'overview', as)];
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
