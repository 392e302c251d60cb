import { describe, expect, it } from 'vitest';
import { asking, commands, enrolment, failures, isDeviceName, secret, word } from './requests';

describe('a file of devices', () => {
  it('tells of each line that did nothing why', () => {
    const done = { numberOfAll: 1, numberOfCreated: 0, numberOfFailed: 1, numberOfSuccessful: 0, credentialUpdatedList: [] };
    const failed = failures({ ...done, failedCreationList: [{ line: '3', deviceId: 'x', failureReason: 'no; good' }] });
    expect(failed).toBe('LINE,ID,REASON\r\n3,x,"no; good"\r\n');
  });
});

describe('a password', () => {
  it('is different each time and in groups of four', () => {
    expect(secret()).toMatch(/^([0-9A-Z]{4}-){6}[0-9A-Z]{2}$/);
    expect(secret()).not.toBe(secret());
  });
});

describe('names of devices', () => {
  it('have no colon, no slash and no space', () => {
    expect(['SN-0001', 'a.b_c', 'x'.repeat(64)].every(isDeviceName)).toBe(true);
    expect(['', 'a:b', 'a/b', 'a b', '$x', '`x`', 'x'.repeat(65)].some(isDeviceName)).toBe(false);
  });
});

describe('what is put into commands', () => {
  it('is one word of a shell, whatever somebody has called a device', () => {
    expect(word('SN-1')).toBe('SN-1');
    expect(word("x'; rm -rf ~; '")).toBe(String.raw`'x'\''; rm -rf ~; '\'''`);
    expect(word('$(id) `id`')).toBe("'$(id) `id`'");
    expect(word('')).toBe("''");
  });
  it('ends no quotes', () => {
    const where = { host: 'h', origin: 'https://h', tenant: 't', device: "x'; touch /y; '" };
    for (const { command } of [...commands(where), ...enrolment(where, 'p'), asking(where, "'")]) {
      if (!command.startsWith('from ')) expect(command.replaceAll(/'[^']*'|\\'/g, '')).not.toMatch(/touch/);
    }
  });
});

it('commands name the tenant, the device and the platform', () => {
  const where = { host: 'iot.example.org', origin: 'https://iot.example.org', tenant: 't1', device: 'SN-1' };
  for (const { command } of commands(where)) expect(command).toMatch(/iot\.example\.org[^]*SN-1/);
  for (const { command } of enrolment(where, 'AB12')) expect(command).toMatch(/AB12/);
});
