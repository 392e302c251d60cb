// `npm run budget [-- FOLDER]`: what is loaded before somebody can sign in, and before they see the overview, in each
// language, against its limit: all of it, as a release build compresses it, fonts and icons too. And the map, which comes
// only where there is one. Reads the files of `dist`; needs no browser and no program (`npm run figures` asks those).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

const SIGN_IN_BYTES_MAX = 84_000;
const OVERVIEW_CODE_BYTES_MAX = 116_000;
const MAP_BYTES_MAX = 240_000;

const dist = resolve(process.argv[2] ?? process.env.CONSOLE_DIST ?? join(import.meta.dirname, '../../dist'));
const assets = join(dist, 'assets');
const all = readdirSync(assets);
const IS_FONT = /\.woff2$/;
const size = (name) => {
  const bytes = readFileSync(join(dist, name));
  return IS_FONT.test(name) ? bytes.length : brotliCompressSync(bytes).length;
};

/** The files that these need before they run: what they import at their tops, and so on. */
function withImports(names) {
  const found = new Set();
  const open = [...names];
  while (open.length > 0) {
    const name = open.pop();
    if (found.has(name) || !existsSync(join(assets, name))) continue;
    found.add(name);
    if (!/\.m?js$/.test(name)) continue;
    const text = readFileSync(join(assets, name), 'utf8');
    // `import"./a.js"`, `import{b}from"./a.js"`, `export*from"./a.js"`; `import("./a.js")` comes later.
    for (const [, other] of text.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+)["']/g)) open.push(other);
  }
  return [...found];
}

/** The files of parts that are loaded by and by: their code, and their style, which the code does not name at its top. */
function partsOf(names) {
  const found = names.flatMap((name) => all.filter((file) => new RegExp(`^${name}-[\\w-]{8}\\.(js|css)$`).test(file)));
  const missing = names.filter((name) => !found.some((file) => file.startsWith(`${name}-`)));
  if (missing.length > 0) throw new Error(`${dist} has no part called ${missing.join(', ')}`);
  return found;
}

const page = readFileSync(join(dist, 'index.html'), 'utf8');
const named = [...page.matchAll(/(?:src|href)="\/ui\/assets\/([^"]+)"/g)].map(([, name]) => name);
const fonts = (...kinds) => kinds.map((kind) => all.find((file) => file.startsWith(`atkinson-hyperlegible-${kind}-latin-wght`)));
const icons = all.filter((file) => file.startsWith('icons-'));
const visit = (...parts) => ['index.html', ...[...withImports([...named, ...icons, ...partsOf(parts)])].map((file) => `assets/${file}`)];
const withFonts = (files, ...kinds) => [...files, ...fonts(...kinds).map((file) => `assets/${file}`)];

function judge(what, names, limit) {
  const sizes = names.map((name) => [size(name), name]).sort((a, b) => b[0] - a[0]);
  const sum = sizes.reduce((total, [bytes]) => total + bytes, 0);
  console.log(`${what}: ${sum} bytes of ${limit} (brotli)`);
  for (const [bytes, name] of sizes) if (bytes >= 1_000) console.log(`  ${String(bytes).padStart(7)}  ${name}`);
  if (sum > limit) {
    console.error(`${what} is over its limit: load what not every screen needs only where it is needed`);
    process.exitCode = 1;
  }
}

if (named.length === 0) throw new Error(`${dist}/index.html names no file: is that the console?`);
judge('to sign in, with fonts', withFonts(visit(), 'next'), SIGN_IN_BYTES_MAX);
judge('to sign in in German, with fonts', withFonts(visit('de-first'), 'next'), SIGN_IN_BYTES_MAX);
judge('to the overview, code', visit('Shell', 'Overview', 'en'), OVERVIEW_CODE_BYTES_MAX);
judge('to the overview in German, code', visit('Shell', 'Overview', 'de-first', 'de'), OVERVIEW_CODE_BYTES_MAX);
judge('the map', all.filter((name) => /^maplibre-(?!.*worker).*\.js$/.test(name)).map((name) => `assets/${name}`), MAP_BYTES_MAX);
