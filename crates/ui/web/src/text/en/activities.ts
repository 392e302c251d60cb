// What the platform writes into its audit log as done, and the types of its records, in its own words. Keys are the words
// themselves behind `audit.did.` and `audit.type.`; what is not here is shown as it was written.

const DONE = [
  'Access denied', 'Alarm created', 'Alarm updated', 'Alarms deleted', 'All sessions ended', 'Application binary deleted',
  'Application binary uploaded', 'Application created', 'Application deleted', 'Application granted roles',
  'Application keys renewed', 'Application subscribed', 'Application unsubscribed', 'Application updated',
  'Application version tagged', 'Audit log read', 'Binary deleted', 'Binary replaced', 'Bootstrap credential read',
  'Bulk operation created', 'Bulk operation deleted', 'Bulk operation updated', 'Certificate authority created',
  'Certificate authority renewed', 'Certificate first used', 'Certificate issued', 'Certificate refused',
  'Certificate trusted', 'Certificate trusted no longer', 'Certificates of a device revoked', 'Child added', 'Child removed',
  'Code for proof of possession made', 'Data deleted', 'Data removed by retention rule', 'Decommissioning abandoned',
  'Decommissioning begun', 'Decommissioning certified', 'Decommissioning step', 'Device accepted',
  'Device asks for credentials', 'Device contested', 'Device credentials delivered', 'Device credentials refused',
  'Device credentials updated', 'Device decommissioned', 'Device disconnected', 'Device not asked', 'Device not placed',
  'Device placed', 'Device readmitted', 'Device registered', 'Device request deleted', 'Device requested',
  'Device token issued', 'Event deleted', 'Event updated', 'Events deleted', 'External id created', 'External id deleted',
  'File attached', 'File removed', 'Group created', 'Group deleted', 'Group device permissions updated', 'Group updated',
  'Inventory role created', 'Inventory role deleted', 'Inventory role updated', 'Inventory roles assigned to group',
  'Inventory roles assigned to user', 'Inventory roles of group changed', 'Inventory roles of user changed',
  'Inventory roles taken from group', 'Inventory roles taken from user', 'Login options changed', 'Managed object created',
  'Managed object deleted', 'Managed object moved', 'Managed object updated', 'Measurement deleted', 'Measurements deleted',
  'Notification token created', 'Operation created', 'Operation delivered', 'Operation updated', 'Operations deleted',
  'Option changed', 'Option created', 'Option deleted', 'Option locked or unlocked', 'Other sessions ended',
  'Own password changed', 'Password reset', 'Password reset asked for', 'Password reset handed out',
  'Password reset refused', 'Possession of the key confirmed by the operator', 'Possession of the key proven',
  'Project created', 'Project deleted', 'Project updated', 'Recovery code used', 'Recovery codes made',
  'Remote access configuration changed',
  'Remote access configuration deleted', 'Remote access configured', 'Remote access connected', 'Remote access ended',
  'Remote access requested', 'Retention ended', 'Retention rule created', 'Retention rule deleted', 'Retention rule updated',
  'Retention started', 'Role given to group', 'Role given to user', 'Role taken from group', 'Role taken from user',
  'Second factor begun', 'Second factor demanded', 'Second factor given up', 'Second factor refused',
  'Second factor revoked', 'Second factor set up', 'Second factor shown', 'Second factor turned on',
  'Security token refused', 'Serial numbers revoked', 'Service account created', 'Service account deleted',
  'Service account updated', 'Service key created', 'Service key revoked', 'Session ended', 'Session opened',
  'Sessions of user ended', 'Set-up secret redeemed', 'Statistics file generated', 'Subscriber connected',
  'Subscriber unsubscribed', 'Telemetry passed on', 'Telemetry stored', 'Tenant created', 'Tenant creation undone',
  'Tenant deleted', 'Tenant deletion finished', 'Tenant updated', 'Trusted certificate changed', 'Usage statistics read',
  'User added to group', 'User created', 'User delegation updated', 'User deleted', 'User device permissions updated',
  'User linked for single sign-on', 'User login', 'User login failed', 'User owner updated', 'User password changed',
  'User removed from group', 'User updated',
] as const;

const TYPES = [
  'Alarm', 'Application', 'AuditAccess', 'BulkOperation', 'Certificate', 'DeviceRegistration', 'DeviceSecurity', 'Event', 'Group',
  'Inventory', 'InventoryRole', 'Notification', 'Operation', 'Option', 'RemoteAccess', 'Report', 'RetentionRule', 'Security',
  'Telemetry', 'Tenant', 'User', 'UserAuthentication',
] as const;

type Named<Prefix extends string, Words extends readonly string[]> = { [K in Words[number] as `${Prefix}${K}`]: string };
const named = <Prefix extends string, Words extends readonly string[]>(prefix: Prefix, words: Words) =>
  Object.fromEntries(words.map((one) => [prefix + one, one])) as Named<Prefix, Words>;

export const activities = { ...named('audit.did.', DONE), ...named('audit.type.', TYPES) };
