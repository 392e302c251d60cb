//! Operations that disconnect one device, let it back in, and take it out of service.

use crate::operation::{Level, Need, Scope, operations};
use model::roles::Role;

// As for switching its user off by hand. That what waits for the device is cancelled is decided besides.
const ADMIN: Need = Need::on(Scope::ManagedObject, Level::Admin);
// Who lets devices in.
const LETS_IN: Need = Need::AnyRole(&[Role::DeviceControlAdmin]);
const READ: Need = Need::AnyRole(&[Role::DeviceControlRead]);

operations! {
    /// See what the disconnection of a device would do, or has done.
    DisconnectionRead = "disconnection_read" { Read Realm, need: ADMIN, audit: Quiet, rate: Read }
    /// Disconnect a device (R079).
    DeviceDisconnect = "device_disconnect" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
    /// Let a disconnected device come back.
    DeviceReadmit = "device_readmit" { Write Realm, need: LETS_IN, audit: Each, rate: Write }
    /// List devices that are kept out.
    BlockedDeviceRead = "blocked_device_read" { Read Realm, need: READ, audit: Quiet, rate: Read }
    /// See how far a device is out of service.
    DecommissioningRead = "decommissioning_read" { Read Realm, need: ADMIN, audit: Quiet, rate: Read }
    /// Take a device out of service, step by step (R087).
    DecommissioningAdmin = "decommissioning_admin" { Write Realm, need: ADMIN, audit: Each, rate: Write }
}
