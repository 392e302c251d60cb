//! Deleting managed objects, alone or with what hangs below. What becomes of their data is not known here.

use super::{allow_below, check_not_shared};
use crate::desk::Changing;
use crate::note::Note;
use crate::refusal::{Invalid, Missing, Refusal};
use crate::version::Expected;
use crate::work::{Command, Then, done};
use model::ids::ObjectId;
use model::limits::CASCADE_MAX;
use policy::operations::inventory::InventoryDelete;

/// The object itself and those of the others that are groups and that the caller may delete.
fn only_groups(desk: &Changing, root: ObjectId, ids: Vec<ObjectId>) -> Result<Vec<ObjectId>, Refusal> {
    let mut groups = Vec::new();
    for id in ids {
        let proof = match allow_below(desk, root, id) {
            Ok(proof) => proof,
            Err(Refusal::Forbidden) if id != root => continue,
            Err(refusal) => return Err(refusal),
        };
        let rows = desk.tx.inventory::<InventoryDelete>(proof);
        if id == root || rows.now().object(id)?.is_some_and(|object| object.is_group()) {
            groups.push(id);
        }
    }
    Ok(groups)
}

/// Deletes an object, with what hangs below it if asked.
pub struct DeleteObject {
    /// Which.
    pub id: ObjectId,
    /// The whole hierarchy below a device or group.
    pub cascade: bool,
    /// The whole hierarchy below anything.
    pub force_cascade: bool,
    /// The user of a device too.
    pub with_device_user: bool,
    /// The state that is deleted, of the object itself.
    pub expected: Expected,
}

impl Command for DeleteObject {
    type Operation = InventoryDelete;
    type Answer = Vec<ObjectId>;
    /// The measurements.
    const LEAVES_ROWS: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<Vec<ObjectId>>, Refusal> {
        let proof = desk.allow_on::<InventoryDelete>(self.id)?;
        let below = store::inventory::cascade(&desk.tx, &proof, self.id, CASCADE_MAX)?;
        let rows = desk.tx.inventory(proof);
        let root = rows
            .now()
            .object(self.id)?
            .ok_or(Refusal::Missing(Missing::Object(self.id)))?;
        if root.is_project() {
            let gone = crate::projects::delete(desk, self.id, self.cascade || self.force_cascade)?;
            self.expected.check(&rows.now(), &root)?;
            return Ok(done(gone));
        }
        let cascades = self.force_cascade || (self.cascade && (root.is_device() || root.is_group()));
        let below = below.ok_or(Refusal::Invalid(Invalid::CascadeTooLarge))?;
        let going = match (cascades, root.is_group()) {
            (true, _) => below,
            // Of a group, the groups below it go too; its devices and assets stay.
            (false, true) => only_groups(desk, self.id, below)?,
            // Children stay, without this parent: so it is in the REST API, and clients count on it.
            (false, false) => vec![self.id],
        };
        for id in &going {
            // Each object of the cascade is decided for itself: a right on the root is no right on what it links to.
            let rows = desk
                .tx
                .inventory(allow_below::<InventoryDelete>(desk, self.id, *id)?);
            let Some(object) = rows.now().object(*id)? else {
                continue;
            };
            check_not_shared::<InventoryDelete>(desk, &object)?;
            crate::leaving::delete_data_of(desk, *id)?;
            rows.delete(&object)?;
            desk.note(Note::new("Inventory", "Managed object deleted", *id));
        }
        if self.with_device_user {
            crate::users::delete_device_user(desk, root.owner)?;
        }
        // After every decision: whoever may not do all of this learns nothing about the state. Nothing is written then.
        self.expected.check(&rows.now(), &root)?;
        Ok(done(going))
    }
}
