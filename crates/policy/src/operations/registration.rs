//! Operations on the registration of devices.

use crate::operation::{Need, operations};
use model::roles::Role;

const READ: Need = Need::AnyRole(&[Role::DeviceControlRead]);
const ADMIN: Need = Need::AnyRole(&[Role::DeviceControlAdmin]);
// What was said about a device is forgotten by those who manage users: it would have become one.
const DELETE: Need = Need::AnyRole(&[Role::UserManagementAdmin]);
const ASK: Need = Need::AnyRole(&[Role::DeviceBootstrap]);

operations! {
    /// List and read requests for devices.
    DeviceRequestRead = "device_request_read" { Read Realm, need: READ, audit: Quiet, rate: Read }
    /// Say that a device may come.
    DeviceRequestCreate = "device_request_create" { Write Realm, need: ADMIN, audit: Each, rate: Write }
    /// Let a device in that has asked.
    DeviceRequestAccept = "device_request_accept" { Write Realm, need: ADMIN, audit: Each, rate: Write }
    /// Forget a request.
    DeviceRequestDelete = "device_request_delete" { Write Realm, need: DELETE, audit: Each, rate: Write }
    /// Ask for the credentials of a device: again and again, until somebody lets it in (R078).
    DeviceCredentialsAsk = "device_credentials_ask" {
        Write Realm, need: ASK, by: Bootstrap, audit: Each, rate: Poll
    }
    /// Register devices from a file.
    DeviceBulkRegister = "device_bulk_register" { Write Realm, need: ADMIN, audit: Each, rate: Write }
    /// Create the object of a device that is being registered: it is the device's, which could create it itself.
    DeviceObjectCreate = "device_object_create" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
}
