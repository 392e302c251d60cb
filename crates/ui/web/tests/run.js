// `npm run browser [-- PART-OF-A-NAME …]`: the browser tests, against the real program. Starts it and a browser once, runs
// the files of `screens/` side by side, ends both. The names choose among the files.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { raise } from './harness/stage.js';

/** Of a file; each test has its own limit (harness/screen.js). */
const SECONDS_MAX_OF_A_FILE = 1_200;
const SCREENS = join(import.meta.dirname, 'screens');

const wanted = process.argv.slice(2);
const files = readdirSync(SCREENS)
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .map((name) => join(SCREENS, name));
if (files.length === 0) throw new Error(`no test of this name in ${SCREENS}`);

const stage = await raise();
let tests;
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => tests?.kill('SIGTERM'));
try {
  tests = spawn(
    process.execPath,
    [
      '--test',
      '--test-reporter=spec',
      `--test-concurrency=${Math.max(2, cpus().length)}`,
      `--test-timeout=${SECONDS_MAX_OF_A_FILE * 1_000}`,
      ...files,
    ],
    { stdio: 'inherit', env: { ...process.env, CONSOLE_STAGE: stage.file } },
  );
  process.exitCode = await new Promise((resolve) => tests.once('exit', (code) => resolve(code ?? 1)));
} finally {
  await stage.stop(process.exitCode === 0);
}
