//! Devices that were disconnected one by one, because they were stolen, tampered with or taken out of service (R079).

use crate::ids::{ObjectId, PrincipalId};
use crate::registration::DeviceId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The computed property of an object whose device was disconnected.
pub const DISCONNECTED: &str = "holdfast_Disconnected";

/// That a device was disconnected, as it is kept with its object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disconnection {
    /// When.
    pub time: Timestamp,
    /// By whom.
    pub by: PrincipalId,
    /// Why, in words.
    pub reason: String,
    /// The names under which it could have come back.
    pub devices: Vec<DeviceId>,
    /// Its users that could sign in before.
    pub enabled: Vec<PrincipalId>,
}

/// A device that is kept out, as it is kept with those who are let in. It stays when the object is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockedDevice {
    /// The device.
    pub device: DeviceId,
    /// Its object.
    pub object: ObjectId,
    /// Since when.
    pub time: Timestamp,
    /// By whom.
    pub by: PrincipalId,
    /// Why, in words.
    pub reason: String,
}
