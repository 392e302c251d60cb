//! Managed objects: devices, groups, assets and whatever else is in the inventory, and the edges between them.

use crate::disconnection::DISCONNECTED;
use crate::ids::{ObjectId, PrincipalId};
use crate::json::{Json, Object};
use crate::names::Label;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The fragment that lets every user of the tenant read the object, and nothing more (R037).
pub const GLOBAL: &str = "c8y_Global";
/// The fragment that makes an object a device.
pub const IS_DEVICE: &str = "c8y_IsDevice";
/// The fragment that makes an object a group of devices.
pub const IS_DEVICE_GROUP: &str = "c8y_IsDeviceGroup";
/// How many minutes may pass without a message before the device counts as unavailable; none or less: it is maintained.
pub const REQUIRED_AVAILABILITY: &str = "c8y_RequiredAvailability";
/// The type of projects, and the computed property that names the project of an object (R117).
pub const PROJECT: &str = "c8y_Project";

/// The type of objects that hold a collection of templates. What they say holds for every device of the tenant that names
/// them, so a device may make one, and change or delete none.
pub const COLLECTION_TYPE: &str = "c8y_SmartRest2Template";
/// The type of the external id of such an object: the id itself is what devices call the collection.
pub const COLLECTION_ID_TYPE: &str = "c8y_SmartRest2DeviceIdentifier";

/// Properties that the platform itself gives a managed object: never fragments, never taken from a client as such.
pub const STANDARD_PROPERTIES: [&str; 13] = [
    "id",
    "self",
    "name",
    "type",
    "owner",
    "creationTime",
    "lastUpdated",
    "childDevices",
    "childAssets",
    "childAdditions",
    "deviceParents",
    "assetParents",
    "additionParents",
];

/// The computed property with the state of a device, and when it was last heard of.
pub const AVAILABILITY: &str = "c8y_Availability";
/// The computed property that says whether a device is connected.
pub const CONNECTION: &str = "c8y_Connection";
/// The computed property with the numbers of open alarms.
pub const ACTIVE_ALARMS: &str = "c8y_ActiveAlarmsStatus";

/// Properties that the platform computes; they are not counted when fragments are matched with rights.
pub const COMPUTED_PROPERTIES: [&str; 6] = [
    DISCONNECTED,
    PROJECT,
    AVAILABILITY,
    CONNECTION,
    ACTIVE_ALARMS,
    "c8y_LatestMeasurements",
];

/// A managed object as it is stored. Its edges are rows of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedObject {
    /// Its identifier.
    pub id: ObjectId,
    /// Who owns it: an opaque id, so that another user of the same name owns nothing (R046, R121).
    pub owner: PrincipalId,
    /// Its name, if it has one.
    pub name: Option<Label>,
    /// Its type, if it has one.
    pub kind: Option<Label>,
    /// The project that it lies in; a project lies in itself (R117).
    pub project: Option<ObjectId>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// Everything else, as it was sent.
    pub fragments: Object,
}

impl ManagedObject {
    /// The names of its fragments as permissions speak of them: without those that the platform computes.
    pub fn fragment_names(&self) -> impl Iterator<Item = &str> {
        self.fragments
            .names()
            .filter(|name| !COMPUTED_PROPERTIES.contains(name))
    }

    /// Whether it is a device.
    pub fn is_device(&self) -> bool {
        self.fragments.contains(IS_DEVICE)
    }

    /// Whether every user of the tenant may read it.
    pub fn is_global(&self) -> bool {
        self.fragments.contains(GLOBAL)
    }

    /// Whether it is a project.
    pub fn is_project(&self) -> bool {
        self.project == Some(self.id)
    }

    /// How often it must be heard of, in minutes from -32768 to 32767; nothing if nobody asks for that.
    pub fn response_interval(&self) -> Option<i16> {
        let required = self.fragments.get(REQUIRED_AVAILABILITY)?.as_object()?;
        let minutes: f64 = required
            .get("responseInterval")?
            .as_number()?
            .text()
            .parse()
            .ok()?;
        // The cast clamps, and cuts off what is no whole minute.
        #[expect(clippy::cast_possible_truncation, reason = "clamped, as the API says")]
        let minutes = minutes as i16;
        Some(minutes)
    }

    /// Whether it is a group of devices.
    pub fn is_group(&self) -> bool {
        self.fragments.contains(IS_DEVICE_GROUP)
    }
}

/// The three kinds of edges from a parent to a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ChildKind {
    /// `childDevices`: rights on the parent reach the child.
    Device,
    /// `childAssets`: rights on the parent reach the child.
    Asset,
    /// `childAdditions`: belongs to the parent, but rights are not inherited.
    Addition,
}

impl ChildKind {
    /// All of them, in the order of the API.
    pub const ALL: [Self; 3] = [Self::Device, Self::Asset, Self::Addition];

    /// The container of a parent: `childDevices` and so on.
    pub fn container(self) -> &'static str {
        match self {
            Self::Device => "childDevices",
            Self::Asset => "childAssets",
            Self::Addition => "childAdditions",
        }
    }

    /// The container of a child that lists its parents.
    pub fn parent_container(self) -> &'static str {
        match self {
            Self::Device => "deviceParents",
            Self::Asset => "assetParents",
            Self::Addition => "additionParents",
        }
    }
}

/// What a client may say of a new managed object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewManagedObject {
    /// Its name.
    pub name: Option<Label>,
    /// Its type.
    pub kind: Option<Label>,
    /// The user name of its owner; the caller when absent.
    pub owner: Option<crate::names::UserName>,
    /// Everything else.
    pub fragments: Object,
}

/// A partial update: what is absent stays, what is `None` inside is removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ManagedObjectUpdate {
    /// A new name, or its removal.
    pub name: Option<Option<Label>>,
    /// A new type, or its removal.
    pub kind: Option<Option<Label>>,
    /// The user name of a new owner.
    pub owner: Option<crate::names::UserName>,
    /// Fragments to set; `Json::Null` removes one.
    pub fragments: Vec<(String, Json)>,
}

impl ManagedObjectUpdate {
    /// Whether it changes nothing: a heartbeat of a device.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
