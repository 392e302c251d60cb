//! Devices that come back: the user of one was deleted, and it is let in anew. Its object is there still and belongs to
//! nobody, so that the new user could not speak for it. It becomes the new user's if whoever lets the device in could give
//! it to another owner; otherwise it stays what it is. An object whose owner is there is never touched.

use crate::inventory::describe;
use crate::note::Note;
use crate::refusal::Refusal;
use model::inventory::{IS_DEVICE, ManagedObject};
use model::registration::{DeviceId, ID_TYPE_DEFAULT};
use model::time::Timestamp;
use model::users::User;
use policy::decide::{Target, decide};
use policy::facts::Principal;
use policy::operations::inventory::{InventoryRead, InventoryTransfer, InventoryUpdate};
use store::realm::RealmRows;
use store::transaction::WriteTx;

/// Gives the object of a device to the user that was just made for it, if it belongs to nobody. Says so with a note.
pub(super) fn take_up(
    tx: &WriteTx,
    (users, by): (&RealmRows<'_>, &Principal),
    (id, user): (&DeviceId, &User),
    now: Timestamp,
) -> Result<Option<Note>, Refusal> {
    let Some(facts) = tx.external_id_facts(by, ID_TYPE_DEFAULT, id.as_str())? else {
        return Ok(None);
    };
    if users.user(facts.owner())?.is_some() || decide::<InventoryRead>(by, Target::Object(&facts)).is_err() {
        return Ok(None);
    }
    let Ok(proof) = decide::<InventoryUpdate>(by, Target::Object(&facts)) else {
        return Ok(None);
    };
    // An external id that somebody has tied to a foreign object must not be a way to it: the right to transfer, as for
    // every change of an owner.
    if decide::<InventoryTransfer>(by, Target::Tenant).is_err() {
        return Ok(None);
    }
    let rows = tx.inventory(proof);
    let before = rows.now().object(facts.id())?;
    let before = before.filter(|it| it.fragments.contains(IS_DEVICE) && !it.is_project());
    let Some(before) = before.filter(|it| by.home().has(it.project)) else {
        return Ok(None);
    };
    let after = ManagedObject {
        owner: user.id,
        updated: now,
        ..before.clone()
    };
    let note = describe(&before, &after);
    rows.update(&before, after)?;
    Ok(Some(note))
}
