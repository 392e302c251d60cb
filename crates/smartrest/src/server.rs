//! What the platform says by static templates: answers, operations, credentials. Operations become rows by their
//! fragments; which device gets them is decided elsewhere.

mod fields;
mod operation;
mod read;

pub use operation::{Configuration, Firmware, OperationRow, Package, Profile};

use crate::device::DEVICE_TEMPLATES;
use crate::dialect::line;
use crate::fault::ErrorRow;
use crate::topic::CollectionId;
use model::ids::ObjectId;
use model::json::Object;
use model::names::{Label, TenantId, UserName};
use model::secret::Secret;

/// The templates that the platform sends on `s/ds`.
pub const SERVER_TEMPLATES: [u16; 23] = [
    106, 124, 510, 511, 513, 515, 516, 517, 518, 519, 520, 521, 522, 523, 524, 525, 526, 527, 528, 529, 530,
    531, 601,
];

/// What the platform says in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerRow {
    /// 20: the collection is there, and this is its object.
    CollectionFound(CollectionId, ObjectId),
    /// 41: the collection is not there.
    CollectionMissing(CollectionId),
    /// 40 to 50: something is wrong.
    Error(ErrorRow),
    /// 106: the external ids of the children.
    Children(Vec<Label>),
    /// 124: the id of the device.
    Id(ObjectId),
    /// 510 to 531: what a device is asked to do.
    Operation {
        /// The external id of the device, child or service.
        serial: Label,
        /// What is asked.
        row: OperationRow,
    },
    /// 601: the version of the platform.
    Version(String),
    /// 603: the ids of all static templates.
    Templates,
}

impl ServerRow {
    /// The row without a line end.
    pub fn print(&self) -> String {
        match self {
            Self::CollectionFound(collection, object) => {
                line(["20", collection.as_str(), &object.to_string()])
            }
            Self::CollectionMissing(collection) => line(["41", collection.as_str()]),
            Self::Error(error) => error.print(),
            Self::Children(ids) => line(std::iter::once("106").chain(ids.iter().map(Label::as_str))),
            Self::Id(object) => line(["124", &object.to_string()]),
            Self::Operation { serial, row } => {
                let id = row.template().to_string();
                let head = [id, serial.as_str().to_owned()];
                line(head.into_iter().chain(row.fields()))
            }
            Self::Version(version) => line(["601", version]),
            Self::Templates => {
                let mut ids: Vec<_> = DEVICE_TEMPLATES
                    .into_iter()
                    .chain(SERVER_TEMPLATES)
                    .chain([603])
                    .collect();
                ids.sort_unstable();
                line(std::iter::once(603).chain(ids).map(|id| id.to_string()))
            }
        }
    }
}

/// 70: the credentials of a device. Secret, because the row is the password.
pub fn credentials_row(tenant: &TenantId, user: &UserName, password: &Secret) -> Secret {
    Secret::new(line(["70", tenant.as_str(), user.as_str(), password.expose()]))
}

/// 71: a token of a device.
pub fn token_row(token: &Secret) -> Secret {
    Secret::new(line(["71", token.expose()]))
}

/// The rows of an operation with these fragments: one for each that a template knows, and two for a device profile with
/// types of software. `knows_types` tells whether the device has `c8y_SupportedSoftwareTypes`.
pub fn operation_rows(serial: &Label, fragments: &Object, knows_types: bool) -> Vec<ServerRow> {
    let rows = fragments
        .iter()
        .flat_map(|(name, value)| OperationRow::of(name, value, knows_types));
    rows.map(|row| ServerRow::Operation {
        serial: serial.clone(),
        row,
    })
    .collect()
}
