//! External ids: the names under which devices know themselves, each unique in its tenant.

use crate::ids::ObjectId;
use crate::names::Label;
use serde::{Deserialize, Serialize};

/// An external id and the managed object that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalId {
    /// Its type, for example `c8y_Serial`.
    pub kind: Label,
    /// The id itself.
    pub value: Label,
    /// The object that it names.
    pub object: ObjectId,
}
