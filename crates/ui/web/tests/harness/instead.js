// Serves another build of the console in the place of the program's own (CONSOLE_DIST), with the program's headers, so that
// whoever writes a screen need not build the program to try it. Everything else still goes to the program.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';

const MEDIA = {
  '.html': 'text/html;charset=UTF-8',
  '.js': 'text/javascript;charset=UTF-8',
  '.mjs': 'text/javascript;charset=UTF-8',
  '.css': 'text/css;charset=UTF-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export async function serveInstead(context, { dist, base: program }, base) {
  const headers = await protecting(context, program, base);
  await context.route(`${base}/ui/**`, async (route) => {
    const path = new URL(route.request().url()).pathname.replace(/^\/ui\//, '') || 'index.html';
    const file = join(dist, path);
    if (!existsSync(file) || !statSync(file).isFile()) return route.fulfill({ status: 404, headers, body: 'no such file' });
    const media = MEDIA[extname(file)] ?? 'application/octet-stream';
    return route.fulfill({ status: 200, headers: { ...headers, 'content-type': media }, body: readFileSync(file) });
  });
}

/** What the program says with its own files, without what is about the one file; as if it had been asked by this name. */
async function protecting(context, program, base) {
  const answer = await context.request.get(`${program}/ui/`);
  const about = ['content-type', 'content-length', 'content-encoding', 'etag', 'date', 'cache-control', 'vary'];
  const [asked, named] = [program, base].map((one) => new URL(one).host);
  const all = Object.entries(answer.headers()).filter(([name]) => !about.includes(name));
  return Object.fromEntries(all.map(([name, value]) => [name, value.replaceAll(asked, named)]));
}
