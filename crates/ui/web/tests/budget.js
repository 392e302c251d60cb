// `npm run budget [-- FOLDER]`: what a first visit of the built console loads, compressed, against its limit; and the map,
// which comes only where there is one. Reads the files of `dist`; needs no browser and no program.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const FIRST_LOAD_BYTES_MAX = 120_000;
const MAP_BYTES_MAX = 320_000;

const dist = resolve(process.argv[2] ?? process.env.CONSOLE_DIST ?? join(import.meta.dirname, '../../dist'));
const assets = join(dist, 'assets');
const read = (name) => readFileSync(join(assets, name), 'utf8');
const size = (name) => gzipSync(readFileSync(join(assets, name)), { level: 9 }).length;

/** The files that a file needs before it runs: what it imports at its top, and so on. */
function withImports(names) {
  const found = new Set();
  const open = [...names];
  while (open.length > 0) {
    const name = open.pop();
    if (found.has(name) || !existsSync(join(assets, name))) continue;
    found.add(name);
    if (!/\.m?js$/.test(name)) continue;
    // `import"./a.js"`, `import{b}from"./a.js"`, `export*from"./a.js"`; `import("./a.js")` comes later.
    for (const [, other] of read(name).matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+)["']/g)) open.push(other);
  }
  return [...found];
}

const page = readFileSync(join(dist, 'index.html'), 'utf8');
const named = [...page.matchAll(/(?:src|href)="\/ui\/assets\/([^"]+\.(?:m?js|css))"/g)].map(([, name]) => name);
const first = withImports(named);
const map = readdirSync(assets).filter((name) => /^maplibre-(?!.*worker).*\.js$/.test(name));

function judge(what, names, limit) {
  const sizes = names.map((name) => [size(name), basename(name)]).sort((a, b) => b[0] - a[0]);
  const sum = sizes.reduce((all, [bytes]) => all + bytes, 0);
  console.log(`${what}: ${sum} bytes of ${limit} (gzip)`);
  for (const [bytes, name] of sizes) console.log(`  ${String(bytes).padStart(7)}  ${name}`);
  if (sum > limit) {
    console.error(`${what} is over its limit: load what not every screen needs only where it is needed`);
    process.exitCode = 1;
  }
}

if (first.length === 0) throw new Error(`${dist}/index.html names no file: is that the console?`);
judge('the first visit', first, FIRST_LOAD_BYTES_MAX);
judge('the map', map, MAP_BYTES_MAX);
