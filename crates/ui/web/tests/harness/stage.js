// Everything that is there once for all tests: the program with its data, and the browser. What a test needs of it goes
// through a file, because each file of tests is a process of its own.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { fill } from './data.js';
import { startProgram, TENANT } from './program.js';

const ROOT = resolve(import.meta.dirname, '../../../../..');
/** Everything that a run writes. */
export const PLACE = resolve(process.env.CONSOLE_PLACE ?? join(ROOT, 'target/console'));
/** The program that is tried. */
export const BUILT = process.env.HOLDFAST_PROGRAM ?? join(ROOT, 'target/debug/holdfast');
const BROWSERS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const SWITCHES = [
  '--no-sandbox', // tests run as root in containers, where the sandbox has nothing to build on
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  // A page from CONSOLE_DIST comes from no address, so its WebSocket to this machine would be refused.
  '--disable-features=LocalNetworkAccessChecks',
  `--host-resolver-rules=MAP ${TENANT} 127.0.0.1`, // the tenant's own host name
];

/** Starts all of it; `stop` ends all of it, and leaves nothing behind if all went well. */
export async function raise() {
  if (!existsSync(BUILT)) throw new Error(`${BUILT} is not there: build it first (cargo build)`);
  const executablePath = BROWSERS.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error('no chromium: apt-get install -y --no-install-recommends chromium');
  const program = await startProgram(resolve(BUILT), join(PLACE, `run-${process.pid}`));
  let browser;
  const stop = async (wentWell = false) => {
    await browser?.close();
    await program.stop();
    if (wentWell) rmSync(join(PLACE, `run-${process.pid}`), { recursive: true, force: true });
  };
  try {
    browser = await chromium.launchServer({ executablePath, args: SWITCHES });
    const { base, ca, log } = program;
    const stage = { base, ca, log, browser: browser.wsEndpoint(), place: PLACE, dist: dist(), ...(await fill(program)) };
    const file = join(PLACE, `run-${process.pid}`, 'stage.json');
    mkdirSync(PLACE, { recursive: true });
    writeFileSync(file, JSON.stringify(stage), { mode: 0o600 });
    return { stage, file, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A console to be tried in the place of the one in the program: of somebody who is writing it. */
function dist() {
  const own = process.env.CONSOLE_DIST;
  if (own && !existsSync(join(own, 'index.html'))) throw new Error(`CONSOLE_DIST: there is no console in ${own}`);
  return own ? resolve(own) : undefined;
}

/** The stage, in a process of tests. */
export function stageOf() {
  const file = process.env.CONSOLE_STAGE;
  if (!file) throw new Error('browser tests are started by `npm run browser`');
  return JSON.parse(readFileSync(file, 'utf8'));
}
