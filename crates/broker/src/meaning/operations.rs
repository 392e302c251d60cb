//! An operation on its way down to a device: as rows of static templates, as rows of a template collection, and as JSON on
//! one line. Which device gets it, and when, is decided elsewhere.

use super::Meaning;
use super::collections::{self, collection_of, rows_of};
use super::documents;
use crate::speaker::Speaker;
use engine::operations::feed::Delivered;
use model::json::{Json, Object};
use model::names::Label;
use model::registration::ID_TYPE_DEFAULT;
use smartrest::collection::Collection;
use smartrest::server::{ServerRow, operation_rows};
use smartrest::topic::CollectionId;
use std::sync::Arc;

/// Rows for `s/ds`, one message of them; nothing if no template knows what is asked, or the device has no serial number.
pub fn static_rows(delivered: &Delivered) -> Option<String> {
    let serial = delivered.serial.as_ref()?;
    let fragments = &delivered.operation.fragments;
    let rows = operation_rows(serial, fragments, delivered.knows_software_types);
    let rows: Vec<_> = rows.iter().map(ServerRow::print).collect();
    (!rows.is_empty()).then(|| rows.join("\n"))
}

/// JSON for `devicecontrol/notifications`, on one line: devices take every line as an operation of its own.
pub fn one_line(delivered: &Delivered) -> String {
    Json::Object(document(delivered)).to_string()
}

/// The operation as a document, with the external id of the device that is asked.
fn document(delivered: &Delivered) -> Object {
    let mut shown = documents::operation(&delivered.operation);
    shown.set("agentId", delivered.agent.to_string());
    if let Some(serial) = &delivered.serial {
        shown.set("externalSource", external_source(serial));
    }
    shown
}

fn external_source(serial: &Label) -> Object {
    [("externalId", serial.as_str()), ("type", ID_TYPE_DEFAULT)]
        .into_iter()
        .collect()
}

impl Meaning {
    /// The template collection of a name, for the operations of a device that follows its rows; nothing if there is none, or
    /// none that the device may read.
    pub async fn collection(&self, who: &Speaker, name: &CollectionId) -> Option<Arc<Collection>> {
        let (_, collection) = collection_of(&self.door, &who.caller, name).await.ok()?;
        Some(collection)
    }

    /// The names of the template collections for a device that follows them all, so many at most: its own, and those that no
    /// device has made.
    pub async fn collections(&self, who: &Speaker, most: usize) -> Vec<CollectionId> {
        collections::names(&self.door, &who.caller, most).await
    }

    /// Rows for `s/dc/<collection>` or `s/dd`, by the response templates of the collection.
    pub async fn custom_rows(&self, collection: &Arc<Collection>, delivered: &Delivered) -> Option<String> {
        let serial = delivered.serial.as_ref()?;
        let document = Json::Object(document(delivered));
        rows_of(&self.door, collection, Some(serial), document).await
    }
}
