//! External ids: the names under which devices know themselves.

use crate::desk::{Changing, Reading};
use crate::inventory::refuse_devices;
use crate::note::Note;
use crate::refusal::{Conflict, Missing, Refusal};
use crate::registration::is_anothers;
use crate::work::{Command, Query, Then, done};
use model::identity::ExternalId;
use model::ids::ObjectId;
use model::inventory::COLLECTION_ID_TYPE;
use model::names::Label;
use model::registration::ID_TYPE_DEFAULT;
use model::users::UserKind;
use policy::operations::identity::{ExternalIdCreate, ExternalIdDelete, ExternalIdRead};

/// Finds an object by one of its external ids.
pub struct ReadExternalId {
    /// The type of the id, as sent.
    pub kind: String,
    /// The id, as sent.
    pub value: String,
}

impl Query for ReadExternalId {
    type Operation = ExternalIdRead;
    type Answer = ExternalId;

    fn answer(&self, desk: &Reading) -> Result<ExternalId, Refusal> {
        let proof = desk.allow_on_external_id::<ExternalIdRead>(&self.kind, &self.value)?;
        let found = desk.tx.inventory(proof).external_id(&self.kind, &self.value)?;
        found.ok_or_else(|| missing(&self.kind, &self.value))
    }
}

fn missing(kind: &str, value: &str) -> Refusal {
    Refusal::Missing(Missing::ExternalId {
        kind: kind.to_owned(),
        value: value.to_owned(),
    })
}

/// Lists the external ids of an object, in order of type and value.
pub struct ListExternalIds {
    /// The object.
    pub object: ObjectId,
}

impl Query for ListExternalIds {
    type Operation = ExternalIdRead;
    type Answer = Vec<ExternalId>;

    fn answer(&self, desk: &Reading) -> Result<Vec<ExternalId>, Refusal> {
        let rows = desk.tx.inventory(desk.allow_on::<ExternalIdRead>(self.object)?);
        let mut found = rows.external_ids(self.object)?;
        found.sort_by(|left, right| (&left.kind, &left.value).cmp(&(&right.kind, &right.value)));
        Ok(found)
    }
}

/// Gives an object an external id. One that is bound already is a conflict, which does not tell to what (R021). To a device
/// so is the serial number of another one that is registered, or about to be, also before that has sent anything.
pub struct CreateExternalId {
    /// The object.
    pub object: ObjectId,
    /// The type of the id.
    pub kind: Label,
    /// The id.
    pub value: Label,
}

impl Command for CreateExternalId {
    type Operation = ExternalIdCreate;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let Self { object, kind, value } = self;
        let rows = desk.tx.inventory(desk.allow_on::<ExternalIdCreate>(*object)?);
        if rows.is_external_id_bound(kind.as_str(), value.as_str())? {
            return Err(Refusal::Conflict(Conflict::ExternalIdTaken));
        }
        let is_serial = kind.as_str() == ID_TYPE_DEFAULT;
        if is_serial && desk.who().kind() == UserKind::Device && is_anothers(desk, value.as_str())? {
            desk.deny::<ExternalIdCreate>("object", Some(*object));
            return Err(Refusal::Conflict(Conflict::ExternalIdTaken));
        }
        rows.create_external_id(&ExternalId {
            kind: kind.clone(),
            value: value.clone(),
            object: *object,
        })?;
        let text = format!("External id {value} of type {kind} created");
        desk.note(Note::new("Inventory", "External id created", object).text(text));
        Ok(done(()))
    }
}

/// Frees an external id.
pub struct DeleteExternalId {
    /// The type of the id, as sent.
    pub kind: String,
    /// The id, as sent.
    pub value: String,
}

impl Command for DeleteExternalId {
    type Operation = ExternalIdDelete;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let proof = desk.allow_on_external_id::<ExternalIdDelete>(&self.kind, &self.value)?;
        let rows = desk.tx.inventory(proof);
        let found = rows.now().external_id(&self.kind, &self.value)?;
        let found = found.ok_or_else(|| missing(&self.kind, &self.value))?;
        // Whoever frees the name of a collection could give it to another one.
        if self.kind == COLLECTION_ID_TYPE {
            refuse_devices::<ExternalIdDelete>(desk, found.object)?;
        }
        rows.delete_external_id(&found)?;
        let text = format!("External id {} of type {} deleted", found.value, found.kind);
        desk.note(Note::new("Inventory", "External id deleted", found.object).text(text));
        Ok(done(()))
    }
}
