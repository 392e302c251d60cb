// The program under test: started once, waited for, ended by its process id. It knows command lines and signals, and
// nothing of the API.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const READY_SECONDS_MAX = 60;
const STOP_SECONDS_MAX = 20;
export const TENANT = 't100';
export const ADMIN_PASSWORD = 'four wooden bridges 1';

/** Ours without settings: a developer's own must not decide over the tests. */
function environment() {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST__'));
  return { ...Object.fromEntries(own), HOLDFAST__MQTTS__LISTEN: '127.0.0.1:0', HOLDFAST__DEVICES__LISTEN: '127.0.0.1:0' };
}

/**
 * A new data directory with the tenant t100 below `directory`, and the program that serves it. A copy of the program runs,
 * so that a build in between replaces nothing.
 */
export async function startProgram(built, directory) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const program = join(directory, 'holdfast');
  copyFileSync(built, program);
  const password = join(directory, 'password.txt');
  writeFileSync(password, `${ADMIN_PASSWORD}\n`, { mode: 0o600 });
  const data = ['--data-dir', join(directory, 'data')];
  const init = spawnSync(program, ['init', ...data, '--tenant', TENANT, '--admin-password-file', password], {
    cwd: directory,
    env: environment(),
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (init.status !== 0) throw new Error(`init ended with ${init.status}: ${init.stderr}`);
  const secret = /set-up secret of management\/admin.*: (\S+)$/m.exec(init.stdout)?.[1];
  if (!secret) throw new Error(`init has shown no set-up secret of the management tenant: ${init.stdout}`);
  return { secret, ...(await serve(directory)) };
}

/** Serves the data directory that is below `directory` already: after it was stopped. */
export async function serve(directory) {
  const log = join(directory, 'stderr.log');
  const data = join(directory, 'data');
  const child = spawn(join(directory, 'holdfast'), ['serve', '--data-dir', data, '--listen-https', '127.0.0.1:0'], {
    cwd: directory,
    env: environment(),
    stdio: ['ignore', 'pipe', openSync(log, 'a')],
  });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  const stop = () => stopProgram(child, ended, log);
  try {
    const base = `https://${await ready(child, ended, log)}`;
    return { base, ca: join(data, 'tls/ca.pem'), log, stop };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

async function ready(child, ended, log) {
  const lines = createInterface({ input: child.stdout });
  const found = new Promise((resolve) => {
    lines.on('line', (line) => {
      const address = /^holdfast ready https=(\S+) /.exec(line)?.[1];
      if (address) resolve(address);
    });
  });
  const address = await Promise.race([found, ended.then(() => undefined), after(READY_SECONDS_MAX)]);
  if (!address) throw new Error(`the program does not serve; its log: ${log}`);
  return address;
}

async function stopProgram(child, ended, log) {
  child.kill('SIGTERM');
  const code = await Promise.race([ended, after(STOP_SECONDS_MAX)]);
  if (code === undefined) child.kill('SIGKILL');
  if (code !== 0) throw new Error(`the program ended with ${code ?? 'a kill'}; its log: ${log}`);
}

function after(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000).unref());
}
