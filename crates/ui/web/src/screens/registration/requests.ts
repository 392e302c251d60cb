// Requests for devices as the platform shows them, passwords and files for registration, and the commands with which a
// device connects. It knows no components.

import { exactTable, spreadsheet } from '../../lib/csv';

export const STEPS = ['WAITING_FOR_CONNECTION', 'PENDING_ACCEPTANCE', 'ACCEPTED'] as const;
export interface DeviceRequest {
  id: string;
  status: (typeof STEPS)[number] | 'BLOCKED';
  creationTime?: string;
  type?: string;
  groupId?: string;
  owner?: string;
}

export interface Line {
  line: string;
  deviceId?: string;
  failureReason?: string;
  bulkNewDeviceStatus?: string;
}
export interface Registered {
  numberOfAll: number;
  numberOfCreated: number;
  numberOfFailed: number;
  numberOfSuccessful: number;
  failedCreationList: Line[];
  credentialUpdatedList: Line[];
}

/** How the names of devices may be: without a colon, in letters that every agent takes. */
export const isDeviceName = (text: string): boolean => /^[\w\-.=(),?*@!%']{1,64}$/.test(text);

/** A password that nobody guesses: 128 bits, in characters that nobody confuses. */
export function secret(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes)): string {
  const signs = 'ABCDEFGHJKMNPQRSTVWXYZ0123456789';
  const letters = [...random(new Uint8Array(26))].map((byte) => signs[byte % signs.length] ?? '');
  return letters.join('').replace(/(.{4})(?=.)/g, '$1-');
}

/** What became of each line that did nothing, to be saved. */
export const failures = (done: Registered): string =>
  spreadsheet([['LINE', 'ID', 'REASON'], ...done.failedCreationList.map((one) => [one.line, one.deviceId, one.failureReason])]);

/** A file to begin with. Its password is a new one each time: a file that is taken as it is must open nothing to others. */
export const template = (): string =>
  exactTable([
    ['ID', 'CREDENTIALS', 'TYPE', 'NAME', 'PATH'],
    ['SN-0001', secret(), 'acme_Meter', 'Meter 1', 'Plant/Hall 2'],
  ]);

/** The largest file that is taken at once. */
export const FILE_BYTES_MAX = 8 << 20;

interface Connection {
  host: string;
  origin: string;
  tenant: string;
  device: string;
}

/** A word of a shell, whatever is in it: names of devices come from others. */
export const word = (text: string): string => (/^[\w\-./:=@,%+]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`);

/** Commands that connect a device or send its first message, by how it is done. `<…>` is what only its owner knows. */
export function commands({ host, origin, tenant, device }: Connection): { id: string; command: string }[] {
  const user = `${tenant}/device_${device}`;
  const object = JSON.stringify({ name: device, c8y_IsDevice: {} });
  const row = `100,"${device.replaceAll('"', '""')}",acme_Device`;
  return [
    {
      id: 'mosquitto',
      command: [
        `mosquitto_pub -h ${word(host)} -p 8883 --cafile ca.pem -i ${word(device)} \\`,
        `  -u ${word(user)} -P '<password>' -q 1 -t s/us -m ${word(row)}`,
      ].join('\n'),
    },
    {
      id: 'curl',
      command: [
        `curl --cacert ca.pem -u ${word(`${user}:<password>`)} -H 'Content-Type: application/json' \\`,
        `  ${word(`${origin}/inventory/managedObjects`)} -d ${word(object)}`,
      ].join('\n'),
    },
    {
      id: 'python',
      command: [
        'from c8y_api import CumulocityApi',
        'from c8y_api.model import Device',
        `c8y = CumulocityApi(${[origin, tenant, `device_${device}`, '<password>'].map((one) => JSON.stringify(one)).join(', ')})`,
        `Device(c8y, type="acme_Device", name=${JSON.stringify(device)}).create()`,
      ].join('\n'),
    },
  ];
}

/** The command with which a device asks for its password, until it is accepted. */
export function asking({ origin, tenant, device }: Connection, token: string): { id: string; command: string } {
  const body = JSON.stringify({ id: device, securityToken: token || undefined });
  return {
    id: 'bootstrap',
    command: [
      `curl --cacert ca.pem -u ${word(`${tenant}/devicebootstrap:<password>`)} -H 'Content-Type: application/json' \\`,
      `  ${word(`${origin}/devicecontrol/deviceCredentials`)} -d ${word(body)}`,
    ].join('\n'),
  };
}

/** Commands for a device that gets its certificate from the platform with a one-time password. */
export function enrolment({ host, origin, tenant, device }: Connection, password: string): { id: string; command: string }[] {
  return [
    {
      id: 'agent',
      command: [
        `printf '%s\\n' ${word(password)} > otp.txt`,
        `holdfast device connect --server ${word(origin)} --tenant ${word(tenant)} --device-id ${word(device)} \\`,
        '  --ca ca.pem --one-time-password-file otp.txt --state /var/lib/holdfast-device',
      ].join('\n'),
    },
    {
      id: 'thin-edge',
      command: [
        `sudo tedge config set c8y.url ${word(host)}`,
        `sudo tedge cert download c8y --device-id ${word(device)} --one-time-password ${word(password)}`,
        'sudo tedge connect c8y',
      ].join('\n'),
    },
  ];
}
