//! Changes of a managed object that depend on what it is, or that come with something else.

use super::create::check_room;
use crate::desk::Changing;
use crate::events::StoreEvent;
use crate::identity::CreateExternalId;
use crate::inventory::{ChildTarget, CreateChild, CreateObject, UpdateObject};
use crate::refusal::{Missing, Refusal};
use crate::work::{Command, Then, done};
use model::events::NewEvent;
use model::ids::ObjectId;
use model::inventory::{
    ChildKind, ManagedObject, ManagedObjectUpdate, NewManagedObject, REQUIRED_AVAILABILITY,
};
use model::json::Object;
use model::names::Label;
use policy::operations::inventory::{InventoryCreate, InventoryUpdate};
use store::Receipt;

/// The object, for whoever may change it.
pub(super) fn read(desk: &Changing, id: ObjectId) -> Result<ManagedObject, Refusal> {
    let rows = desk.tx.inventory(desk.allow_on::<InventoryUpdate>(id)?);
    rows.now()
        .object(id)?
        .ok_or(Refusal::Missing(Missing::Object(id)))
}

/// Says how often a device must be heard of, unless that is said already: what a person has set stays.
pub struct RequireAvailability {
    /// The device.
    pub id: ObjectId,
    /// In minutes.
    pub minutes: i16,
}

impl Command for RequireAvailability {
    type Operation = InventoryUpdate;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        if read(desk, self.id)?.fragments.contains(REQUIRED_AVAILABILITY) {
            return Ok(done(()));
        }
        let required: Object = [("responseInterval", i64::from(self.minutes))]
            .into_iter()
            .collect();
        let update = ManagedObjectUpdate {
            fragments: vec![(REQUIRED_AVAILABILITY.to_owned(), required.into())],
            ..ManagedObjectUpdate::default()
        };
        UpdateObject { id: self.id, update }
            .change(desk)
            .map(|_| done(()))
    }
}

/// Stores where a device was as an event, and where it is in its object.
pub struct StorePosition {
    /// The event.
    pub event: NewEvent,
    /// The change of its source.
    pub update: ManagedObjectUpdate,
}

impl Command for StorePosition {
    type Operation = InventoryUpdate;
    type Answer = ();

    fn heard_of(&self) -> Vec<ObjectId> {
        vec![self.event.source]
    }

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        StoreEvent(self.event.clone()).change(desk).map(drop)?;
        let (id, update) = (self.event.source, self.update.clone());
        UpdateObject { id, update }.change(desk).map(|_| done(()))
    }
}

/// Creates an object, perhaps as the child device of another one, and gives it an external id.
pub struct CreateNamed {
    /// The parent.
    pub parent: Option<ObjectId>,
    /// The object.
    pub object: NewManagedObject,
    /// Type and value of its external id.
    pub name: Option<(Label, Label)>,
}

impl Command for CreateNamed {
    type Operation = InventoryCreate;
    type Answer = ObjectId;

    fn change(&self, desk: &Changing) -> Result<Then<ObjectId>, Refusal> {
        check_room(desk)?;
        let object = self.object.clone();
        let written = match self.parent {
            Some(parent) => {
                let kind = ChildKind::Device;
                let target = ChildTarget { parent, kind };
                CreateChild { target, object }.change(desk)?
            }
            None => CreateObject(object).change(desk)?,
        };
        let object = written(Receipt::default()).id();
        if let Some((kind, value)) = self.name.clone() {
            CreateExternalId { object, kind, value }.change(desk).map(drop)?;
        }
        Ok(done(object))
    }
}
