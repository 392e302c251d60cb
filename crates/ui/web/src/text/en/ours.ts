// What the groups and roles that every tenant begins with are for, as the platform stores it: in English, whoever reads it.
export const ours = {
  'ours.administrator': 'Administrators: everything in this tenant, and to give every right of it',
  'ours.standardUser': 'Standard users: see all devices and data, handle alarms and events, add objects of their own',
  'ours.businessUser': 'Business users: see devices and their data, and change nothing',
  'ours.devices': 'Devices: roles to read reach only what the device owns',
  'ours.business': 'As other platforms have it: work with all devices and their data',
  'ours.readers': 'As other platforms have it: read devices, their data and the audit log',
  'ours.globalReader': 'Read all data',
  'ours.globalManager': 'Read and change all data',
  'ours.globalUserManager': 'Manage all users',
  'ours.sharedUserManager': 'Create users and manage those that one has created',
  'ours.reader': 'Reads everything',
  'ours.manager': 'Reads everything; changes objects and alarms, but sends no operations',
  'ours.operations': 'Sends every operation',
  'ours.restart': 'Restarts devices',
};
