//! Changing a managed object, property by property, and only if it is still as somebody has seen it.

use super::{
    Written, allow_open_to_all, allow_transfer, check_not_shared, check_size, check_type, owner_named,
    written,
};
use crate::desk::Changing;
use crate::note::Note;
use crate::refusal::{Invalid, Missing, Refusal};
use crate::version::{Expected, Version};
use crate::work::{Command, Then, done};
use model::ids::{ObjectId, PrincipalId};
use model::inventory::{GLOBAL, ManagedObject, ManagedObjectUpdate};
use model::json::Json;
use model::limits::FRAGMENTS_MAX;
use model::names::Label;
use policy::operations::inventory::{InventoryRead, InventoryUpdate};

/// Changes an object, property by property.
pub struct UpdateObject {
    /// Which.
    pub id: ObjectId,
    /// What.
    pub update: ManagedObjectUpdate,
}

impl Command for UpdateObject {
    type Operation = InventoryUpdate;
    type Answer = Written;

    /// An empty change says that the device is there, and nothing else.
    fn heard_of(&self) -> Vec<ObjectId> {
        self.update.is_empty().then_some(self.id).into_iter().collect()
    }

    fn change(&self, desk: &Changing) -> Result<Then<Written>, Refusal> {
        self.change_from(desk, None)
    }
}

/// The same by somebody who has seen the object: only if it is still as it was seen.
pub struct EditObject {
    /// The change.
    pub change: UpdateObject,
    /// The state that is changed.
    pub expected: Expected,
}

impl Command for EditObject {
    type Operation = InventoryUpdate;
    type Answer = Written;

    fn heard_of(&self) -> Vec<ObjectId> {
        self.change.heard_of()
    }

    fn change(&self, desk: &Changing) -> Result<Then<Written>, Refusal> {
        self.change.change_from(desk, Some(&self.expected))
    }
}

impl UpdateObject {
    /// By somebody who has seen a state, and is told the new one; or by somebody who goes by none.
    fn change_from(&self, desk: &Changing, seen: Option<&Expected>) -> Result<Then<Written>, Refusal> {
        let rows = desk.tx.inventory(desk.allow_on::<InventoryUpdate>(self.id)?);
        let before = rows
            .now()
            .object(self.id)?
            .ok_or(Refusal::Missing(Missing::Object(self.id)))?;
        let check = || seen.map_or(Ok(()), |expected| expected.check(&rows.now(), &before));
        if self.update.is_empty() {
            check()?;
            return Ok(done(Written::Hidden(self.id)));
        }
        check_not_shared::<InventoryUpdate>(desk, &before)?;
        let after = self.apply(desk, &before)?;
        // Whoever may change only some fragments may not add others either.
        let fragments: Vec<_> = after.fragment_names().collect();
        let _ = desk
            .tx
            .inventory(desk.allow_on_with::<InventoryUpdate>(self.id, &fragments)?);
        // Opening an object to everybody, or taking it over, would be a way to read what one may only write.
        let opens = after.owner != before.owner || (after.is_global() && !before.is_global());
        if opens {
            desk.require_on::<InventoryRead>(self.id)?;
        }
        if after.is_global() && !before.is_global() {
            allow_open_to_all(desk)?;
        }
        // After every decision: whoever may not do this learns nothing about the state.
        check()?;
        desk.note(describe(&before, &after));
        rows.update(&before, after.clone())?;
        let version = match seen {
            Some(_) => Some(Version::of(&rows.now(), &after)?),
            None => None,
        };
        Ok(done(written(desk, after)?.in_state(version)))
    }

    fn apply(&self, desk: &Changing, before: &ManagedObject) -> Result<ManagedObject, Refusal> {
        // Each one is looked up among the others: no more of them than could be removed and set at once.
        if self.update.fragments.len() > 2 * FRAGMENTS_MAX {
            return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
        }
        let mut after = before.clone();
        if let Some(name) = &self.update.name {
            after.name.clone_from(name);
        }
        if let Some(kind) = &self.update.kind {
            after.kind.clone_from(kind);
        }
        if let Some(owner) = &self.update.owner {
            let is_same = desk.tx.principal_named(desk.who(), owner)? == Some(before.owner);
            if !is_same {
                // Also for oneself: taking an object over is a transfer.
                allow_transfer(desk, before.project)?;
                after.owner = owner_named(desk, owner, before.project)?;
            }
        }
        for (name, value) in &self.update.fragments {
            match value {
                Json::Null => drop(after.fragments.remove(name)),
                value => after.fragments.set(name.clone(), value.clone()),
            }
        }
        check_size(&after.fragments)?;
        check_type(before.kind.as_ref(), after.kind.as_ref())?;
        after.updated = desk.now();
        Ok(after)
    }
}

/// What changed, by names: values may be personal or secret and stay in the object.
pub(crate) fn describe(before: &ManagedObject, after: &ManagedObject) -> Note {
    let mut names: Vec<&str> = after
        .fragments
        .names()
        .filter(|name| before.fragments.get(name) != after.fragments.get(name))
        .collect();
    names.extend(
        before
            .fragments
            .names()
            .filter(|name| !after.fragments.contains(name)),
    );
    let mut note = Note::new("Inventory", "Managed object updated", after.id);
    if names.contains(&GLOBAL) {
        note = note
            .text("Managed object updated: c8y_Global, which opens it to every user of the tenant, changed");
    }
    let owner = |id: PrincipalId| Some(Json::String(id.to_string()));
    let text = |label: &Option<Label>| label.as_ref().map(|label| Json::from(label.as_str()));
    for name in names {
        let has = |object: &ManagedObject| object.fragments.contains(name).then(|| Json::from("…"));
        note.changes.push(audit::record::Change {
            attribute: name.to_owned(),
            kind: "java.lang.Object".to_owned(),
            previous: has(before),
            new: has(after),
        });
    }
    note.change("name", text(&before.name), text(&after.name))
        .change("type", text(&before.kind), text(&after.kind))
        .change("owner", owner(before.owner), owner(after.owner))
}
