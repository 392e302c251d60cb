// What is in the tenant when the tests begin: some of everything that a screen shows. Tests that change something make
// their own things; nobody changes these. It knows the public API only.
import { apiOf } from './api.js';
import { ADMIN_PASSWORD, TENANT } from './program.js';

const OTHER_PASSWORD = 'four wooden bridges 3';
const HOUR = 3_600_000;
/** What a device, or somebody who means harm, may call anything: shown as it is, and never run. */
const HOSTILE = '<img src=x onerror=alert(1)>"\'><svg/onload=alert(2)>{{3}}javascript:alert(4)';

/** Fills the tenant; gives who can sign in, and ids that stand for "some device", "some group" and so on. */
export async function fill(server) {
  const admin = { tenant: TENANT, user: 'admin', password: ADMIN_PASSWORD };
  const management = { tenant: 'management', user: 'admin', password: OTHER_PASSWORD };
  await apiOf(server).post('/tenant/setup', {
    tenant: 'management',
    userName: 'admin',
    secret: server.secret,
    password: OTHER_PASSWORD,
  });
  const api = apiOf(server, admin);
  const people = {
    admin,
    management,
    reader: await newPerson(api, 'reader', ['readers']),
    nobody: await newPerson(api, 'nobody', []),
  };
  const devices = [];
  for (let at = 0; at < 14; at += 1) devices.push(await newDevice(api, at));
  const group = await newGroup(api, devices.slice(0, 5));
  const [device] = devices;
  await measurements(api, device.id);
  const alarm = await alarms(api, devices);
  await events(api, devices);
  const operation = await operations(api, devices);
  const harmful = await hostile(api, group);
  const global = (await api.get(`/user/${TENANT}/groupByName/readers`)).id;
  const inventory = (await api.get('/user/inventoryroles?pageSize=1')).roles[0].id;
  return { people, samples: { harmful, global, inventory, device: device.id, devices: devices.map(({ id }) => id), group, alarm, operation, user: 'reader' } };
}

/** A user of t100 in these groups. */
export async function newPerson(api, name, groups) {
  const known = (await api.get(`/user/${TENANT}/groups?pageSize=100`)).groups;
  const references = known.filter((group) => groups.includes(group.name)).map(({ id }) => ({ group: { id } }));
  await api.post(`/user/${TENANT}/users`, {
    userName: name,
    email: `${name}@example.org`,
    firstName: 'Sam',
    lastName: name,
    password: OTHER_PASSWORD,
    groups: { references },
  });
  return { tenant: TENANT, user: name, password: OTHER_PASSWORD };
}

async function newDevice(api, at) {
  const serial = `SN-${String(at + 1).padStart(5, '0')}`;
  const device = await api.post('/inventory/managedObjects', {
    name: ['Pump', 'Valve', 'Meter'][at % 3] + ` ${at + 1}`,
    type: ['demo_Pump', 'demo_Valve', 'demo_Meter'][at % 3],
    c8y_IsDevice: {},
    com_cumulocity_model_Agent: {},
    c8y_Hardware: { model: 'HX-10', revision: '2', serialNumber: serial },
    c8y_Firmware: { name: 'hx', version: '1.4.2' },
    c8y_RequiredAvailability: { responseInterval: 30 },
    c8y_SupportedOperations: ['c8y_Restart', 'c8y_Configuration'],
    c8y_Position: { lat: 48 + at / 3, lng: 7 + at / 4, alt: 120 },
    c8y_Notes: 'North hall, behind the second door.',
  });
  await api.post(`/identity/globalIds/${device.id}/externalIds`, { type: 'c8y_Serial', externalId: serial });
  return device;
}

async function newGroup(api, devices) {
  const group = await api.post('/inventory/managedObjects', {
    name: 'North hall',
    type: 'c8y_DeviceGroup',
    c8y_IsDeviceGroup: {},
  });
  for (const { id } of devices) {
    await api.post(`/inventory/managedObjects/${group.id}/childAssets`, { managedObject: { id } });
  }
  return group.id;
}

async function measurements(api, id) {
  const now = Date.now();
  const list = Array.from({ length: 200 }, (_, at) => ({
    source: { id },
    type: 'demo_Pressure',
    time: new Date(now - at * 60_000).toISOString(),
    demo_Pressure: { P1: { value: 4 + Math.sin(at / 9), unit: 'bar' }, P2: { value: 3 + Math.cos(at / 7), unit: 'bar' } },
    c8y_Temperature: { T: { value: 21 + Math.sin(at / 20) * 3, unit: 'C' } },
  }));
  await api.post('/measurement/measurements', { measurements: list });
}

async function alarms(api, devices) {
  const made = [];
  for (const [at, severity] of ['CRITICAL', 'MAJOR', 'MINOR', 'WARNING', 'CRITICAL', 'MAJOR'].entries()) {
    made.push(
      await api.post('/alarm/alarms', {
        source: { id: devices[at].id },
        type: `demo_Alarm${at}`,
        text: ['Pressure too high', 'No answer from the valve', 'Filter is due'][at % 3],
        severity,
        status: 'ACTIVE',
        time: new Date(Date.now() - at * HOUR).toISOString(),
      }),
    );
  }
  await api.put(`/alarm/alarms/${made[4].id}`, { status: 'ACKNOWLEDGED' });
  await api.put(`/alarm/alarms/${made[5].id}`, { status: 'CLEARED' });
  return made[0].id;
}

async function events(api, devices) {
  for (let at = 0; at < 20; at += 1) {
    await api.post('/event/events', {
      source: { id: devices[at % 4].id },
      type: at % 2 ? 'demo_DoorOpened' : 'c8y_LocationUpdate',
      text: at % 2 ? 'The door was opened' : 'Position',
      time: new Date(Date.now() - at * HOUR).toISOString(),
      ...(at % 2 ? {} : { c8y_Position: { lat: 48 + at / 50, lng: 7 + at / 40 } }),
    });
  }
}

async function operations(api, devices) {
  const made = [];
  for (let at = 0; at < 4; at += 1) {
    made.push(
      await api.post('/devicecontrol/operations', {
        deviceId: devices[at % 2].id,
        description: 'Restart the device',
        c8y_Restart: {},
      }),
    );
  }
  await api.put(`/devicecontrol/operations/${made[0].id}`, { status: 'EXECUTING' });
  await api.put(`/devicecontrol/operations/${made[1].id}`, { status: 'EXECUTING' });
  await api.put(`/devicecontrol/operations/${made[1].id}`, { status: 'FAILED', failureReason: 'The valve is stuck' });
  return made[0].id;
}

/** Texts that are markup and scripts, everywhere that somebody else writes what people read. R147 */
async function hostile(api, group) {
  const device = await api.post('/inventory/managedObjects', {
    name: HOSTILE,
    type: HOSTILE,
    c8y_IsDevice: {},
    com_cumulocity_model_Agent: {},
    c8y_Hardware: { model: HOSTILE, revision: HOSTILE, serialNumber: HOSTILE },
    c8y_Firmware: { name: HOSTILE, version: HOSTILE, url: 'javascript:alert(5)' },
    c8y_SoftwareList: [{ name: HOSTILE, version: HOSTILE, url: 'javascript:alert(6)' }],
    c8y_SupportedOperations: ['c8y_Restart', 'c8y_Command'],
    c8y_Position: { lat: 52, lng: 13 },
    c8y_Notes: HOSTILE,
    [`demo_${'x<img>'}`]: { [HOSTILE]: HOSTILE },
  });
  const source = { id: device.id };
  const time = new Date().toISOString();
  await api.post(`/identity/globalIds/${device.id}/externalIds`, { type: 'c8y_Serial', externalId: HOSTILE });
  await api.post(`/inventory/managedObjects/${group}/childAssets`, { managedObject: { id: device.id } });
  await api.post('/alarm/alarms', { source, type: HOSTILE, text: HOSTILE, severity: 'CRITICAL', status: 'ACTIVE', time });
  await api.post('/event/events', { source, type: HOSTILE, text: HOSTILE, time });
  await api.post('/measurement/measurements', {
    source,
    type: HOSTILE,
    time,
    demo_Hostile: { T: { value: 1, unit: HOSTILE.slice(0, 40) } },
  });
  await api.post('/devicecontrol/operations', {
    deviceId: device.id,
    description: HOSTILE,
    c8y_Command: { text: HOSTILE },
  });
  return device.id;
}
