// What every test file begins with: the platform under test, who speaks to it, and checks that are counted.

import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// The CommonJS build, as Node programs load it.
export const c8y = createRequire(import.meta.url)('@c8y/client');

export const { BASE, TENANT, USER, PASSWORD, MANAGEMENT_PASSWORD, DEVICE_BOOTSTRAP } = process.env;

let checks = 0;
process.on('exit', () => appendFileSync(process.env.CHECKS, `${checks}\n`));

const counted = check => (...values) => {
  checks += 1;
  return check(...values);
};

export const equal = counted(assert.deepEqual);
export const ok = counted(assert.ok);

// A call that must be refused with this status, in the shape of errors.
export const refused = counted(async (status, call) => {
  const error = await call.then(
    () => assert.fail(`not refused with ${status}`),
    error => error
  );
  assert.equal(error.res?.status, status, JSON.stringify(error.data ?? String(error)));
  assert.ok(error.data?.error && error.data?.message, 'an error has a shape');
  return error;
});

export const basic = (tenant = TENANT, user = USER, password = PASSWORD) => {
  const client = new c8y.Client(new c8y.BasicAuth({ tenant, user, password }), BASE);
  client.core.tenant = tenant;
  return client;
};

export const management = () => basic('management', 'admin', MANAGEMENT_PASSWORD);

let names = 0;
// A name that nothing else has, whichever file asks.
export const fresh = word => `${word}_${process.pid}_${(names += 1)}`;

export const ids = list => list.map(entry => entry.id).sort();

// Asks until the answer is there.
export const eventually = async (ask, millis = 10_000) => {
  const end = Date.now() + millis;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    assert.ok(Date.now() < end, 'not in time');
    await new Promise(resume => setTimeout(resume, 50));
  }
};
